from megate.core.wording import counted, first_few


def test_numbers_of_things() -> None:
    assert counted(0, "simulation") == "0 simulations"
    assert counted(1, "simulation") == "1 simulation"
    assert counted(1200, "e-model") == "1,200 e-models"
    assert counted(1, "morphology", "morphologies") == "1 morphology"
    assert counted(2, "morphology", "morphologies") == "2 morphologies"


def test_the_first_few_of_a_list() -> None:
    assert first_few("abcde") == "a, b, c, d, e"
    assert first_few("abcdefg") == "a, b, c, d, e and 2 more"
    assert first_few(["x 1", "y 2"], "; ") == "x 1; y 2"
