"""Figures: what their axes hold, and that the SVG stands alone."""

import re

import numpy as np
import pandas as pd
import pytest
from lxml import etree
from matplotlib.colors import to_rgb

from megate.core.vocabulary import Reason
from megate.report.html.figures import margin_figure, runtime_figure, svg, thinned, trace_figure
from megate.report.style import COLOURS
from megate.report.summaries import margin_counts


def margins(**by_outcome: list[float]) -> pd.DataFrame:
    pairs = [(value, name) for name, values in by_outcome.items() for value in values]
    table = pd.DataFrame(pairs, columns=["margin", "reason"])
    return margin_counts(table["margin"], table["reason"])


def test_margins_are_counted_from_their_lower_edge_on():
    counts = margins(
        passed=[0.0, 0.05, 0.1, 0.3, 0.7, 1.0],
        over_limit=[-0.05, -2.0, -2.01, -48.0, -np.inf],
        simulation_error=[np.nan],
    )
    assert list(counts.columns) == list(Reason)
    assert counts.index[[0, 1, -1]].tolist() == [-2.1, -2.0, 0.9]
    passed = counts["passed"]
    assert passed[passed > 0].to_dict() == {0.0: 2, 0.1: 1, 0.3: 1, 0.7: 1, 0.9: 1}
    failed = counts["over_limit"]
    assert failed[failed > 0].to_dict() == {-2.1: 3, -2.0: 1, -0.1: 1}
    assert counts["simulation_error"].sum() == 0


def test_margins_are_drawn_as_counted():
    figure = margin_figure(margins(passed=[0.05, 0.05], over_limit=[-0.05, -5.0]))
    (axes,) = figure.axes
    bars = [bar for bar in axes.patches if bar.get_height() > 0]
    drawn = {
        (round(bar.get_x() + bar.get_width() / 2, 6), bar.get_height(), bar.get_facecolor()[:3])
        for bar in bars
    }
    rgb = {name: to_rgb(colour) for name, colour in COLOURS.items()}
    assert drawn == {
        (0.05, 2.0, rgb["passed"]),
        (-0.05, 1.0, rgb["over_limit"]),
        (-2.05, 1.0, rgb["over_limit"]),
    }
    figure.draw_without_rendering()
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels[0] == "below -2"
    assert labels[-1] == "1"


def test_no_margins_at_all():
    (axes,) = margin_figure(margins(simulation_error=[np.nan])).axes
    assert not axes.patches


def test_boxes_hold_quartiles_and_extremes():
    figure = runtime_figure({"a": np.array([1.0, 2, 3, 4, 5]), "none": np.array([])})
    (axes,) = figure.axes
    (box,) = axes.patches
    assert sorted(set(box.get_path().vertices[:-1, 0])) == [2.0, 4.0]
    median = [line for line in axes.lines if list(line.get_xdata()) == [3.0, 3.0]]
    assert len(median) == 1
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a"]
    dots = [line for line in axes.lines if line.get_marker() == "."]
    assert dots[0].get_xdata().tolist() == [1, 2, 3, 4, 5]


def test_times_of_different_size_have_a_log_axis():
    assert runtime_figure({"a": np.array([1.0, 50])}).axes[0].get_xscale() == "log"
    assert runtime_figure({"a": np.array([1.0, 5])}).axes[0].get_xscale() == "linear"
    assert runtime_figure({}).axes  # nothing to show, and no error


def test_labels_of_a_short_logarithmic_axis_are_plain_numbers():
    text = str(svg(runtime_figure({"A": np.array([0.2, 1.0, 5.1])}), "CPU times"))
    assert "mathdefault" not in text
    assert ">0.5<" in text.replace(" ", "").replace("\n", "")


def test_figures_grow_with_the_number_of_emodels():
    few, many = (
        runtime_figure({f"e{i}": np.array([1.0]) for i in range(n)}).get_figheight()
        for n in (2, 60)
    )
    assert many - few == pytest.approx(58 * 0.28)


def test_svg_is_text_that_stands_alone():
    figure = margin_figure(margins(passed=[0.05]))
    text = svg(figure, 'e "x" <y>')
    assert text == svg(figure, 'e "x" <y>')
    root = etree.fromstring(text)
    assert root.get("aria-label") == 'e "x" <y>'
    words = "".join(root.itertext())
    assert "combinations" in words
    assert "below -2" in words
    references = re.findall(r'(?:href|src)="([^"]*)"', text)
    assert all(reference.startswith("#") for reference in references)
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text)


def test_names_inside_of_two_figures_differ():
    figure = runtime_figure({"a": np.array([1.0, 2.0])})
    clips = [set(re.findall(r'clipPath id="([^"]+)"', svg(figure, name))) for name in ("a", "b")]
    assert clips[0]
    assert not clips[0] & clips[1]


def test_thinned_traces_keep_peaks_and_ends():
    t = np.linspace(0, 100, 50_001)
    values = np.full(t.size, -70.0)
    values[12_345], values[30_000] = 30.0, -90.0
    thin = thinned(np.array([t, values]), bins=50)
    assert thin.shape[1] <= 200
    assert thin[1].max() == 30.0
    assert thin[0, thin[1].argmax()] == t[12_345]
    assert thin[0, thin[1].argmin()] == t[30_000]
    assert (thin[0, 0], thin[0, -1]) == (0.0, 100.0)
    assert (np.diff(thin[0]) > 0).all()
    short = np.array([[0.0, 1.0], [-70.0, -71.0]])
    assert thinned(short) is short


def test_traces_share_their_rows_axes():
    low, high = np.array([[0.0, 10.0], [-80.0, -60.0]]), np.array([[0.0, 20.0], [-70.0, 20.0]])
    exemplar, other = {"one": low}, {"one": high, "two": low}
    columns = [("exemplar\nx", exemplar), ("b\ny", other)]
    figure = trace_figure(["one", "two"], columns, behind=exemplar)
    first, second, third, fourth = figure.axes
    assert first.get_xlim() == second.get_xlim() == (0.0, 20.0)
    assert first.get_ylim() == second.get_ylim() == (-85.0, 25.0)
    assert fourth.get_xlim() == (0.0, 10.0)
    assert [len(axes.lines) for axes in figure.axes] == [1, 2, 0, 1]
    np.testing.assert_array_equal(second.lines[1].get_xydata().T, high)
    assert [text.get_text() for text in third.texts] == ["not recorded"]
    assert [axes.get_title(loc="left") for axes in (first, third)] == ["one", "two"]
    titles = [text.get_text() for axes in (first, second) for text in axes.texts]
    assert titles == ["exemplar\nx", "b\ny"]
