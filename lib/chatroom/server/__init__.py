"""The composition: configuration, doors, the tick, start-up and shutdown."""
