"""Applications: sections, revisions and screening. Knows nothing of panels or agreements."""
