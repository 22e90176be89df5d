"""Who may have what, why and until when: people, cases and decisions. Never sees a patient row."""
