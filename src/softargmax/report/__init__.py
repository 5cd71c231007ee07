"""What was measured, for people: numbers computed elsewhere, set for a terminal (`console`, `table_look`)."""
