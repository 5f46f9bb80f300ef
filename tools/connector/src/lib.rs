//! The operators command line.
