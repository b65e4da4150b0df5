"""What each rule leaves alone and what it finds: one file a rule, named as its own."""
