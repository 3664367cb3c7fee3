//! Tiltyard: a practice ground for PTZ camera trackers.
