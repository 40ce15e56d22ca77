"""The laws of partners' products: what is written for them, what is read of theirs, what the doctor finds."""
