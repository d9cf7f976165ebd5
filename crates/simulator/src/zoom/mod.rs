//! The pretend Zoom.
