//! What the expansions of the macros may name. Not covered by semantic versioning.
