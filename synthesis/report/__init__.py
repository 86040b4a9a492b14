"""From one frozen snapshot to everything the funds receive. Pure: no database, no clock, no network."""
