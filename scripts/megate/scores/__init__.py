"""The results of simulations: shards, gathered scores, run times, failures."""
