"""The results of simulations: shards, finished simulations, gathered scores, run times, failures."""
