"""Runs, submissions and batches over HTTP: jobs in, results and events out."""
