//! Explores every order of pushes, records, callbacks, rejections, crashes and lost replies within stated bounds.
//!
//! `MODEL_LONG=1` adds the wider bounds of [`long`].

mod explore;
mod holds;
mod late;
mod long;
mod teeth;
