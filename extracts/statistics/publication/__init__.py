"""The monthly publication, pure: what is counted, how small numbers are kept, and every form it is published in."""
