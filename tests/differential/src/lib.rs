//! Random asyncio programs, run by CPython and by this project, and what they trace compared.
//!
//! * [`program`]: what a program is made of; one line of JSON each.
//! * [`generate`]: random ones, by their seeds.
//! * [`interpret`]: runs them on our API. `python/interpreter.py` runs them on CPython.
//! * [`python`]: starts that.
//! * [`compare`]: when two traces agree.
//! * [`threads`]: programs replayed on the multi-threaded runtime, in real time.
//! * [`shrink`]: the smallest program that still does not.
//! * [`regressions`]: the programs that once did not, with what CPython traced.
//!
//! `README.md` says what is compared, and what is not.

pub mod compare;
pub mod generate;
pub mod interpret;
pub mod program;
pub mod python;
pub mod regressions;
pub mod shrink;
pub mod threads;
