"""What the course is compared with: packages of other people, installed into ``build/peers``."""
