"""Delivery: carries an alert to a channel and says truthfully what became of it."""
