//! Which patterns surely do not match every value.

use crate::once::find_in;
use crate::words::is_one_of;
use syn::{Pat, Path};

/// The part of the pattern that can fail, if that can be told from its text.
pub(super) fn can_fail(pattern: &Pat) -> Option<&Pat> {
    match pattern {
        Pat::Lit(_) | Pat::Range(_) => Some(pattern),
        Pat::Path(path) => is_variant(&path.path).then_some(pattern),
        Pat::Ident(name) => match &name.subpat {
            Some((_, inner)) => can_fail(inner),
            None => (name.ident == "None").then_some(pattern),
        },
        Pat::TupleStruct(variant) if is_variant(&variant.path) => Some(pattern),
        Pat::TupleStruct(tuple) => find_in(&tuple.elems, &mut can_fail),
        Pat::Tuple(tuple) => find_in(&tuple.elems, &mut can_fail),
        Pat::Struct(fields) => find_in(&fields.fields, &mut |field| can_fail(&field.pat)),
        Pat::Paren(paren) => can_fail(&paren.pat),
        Pat::Reference(reference) => can_fail(&reference.pat),
        Pat::Type(typed) => can_fail(&typed.pat),
        _ => None,
    }
}

/// A variant of `Option` or `Result`.
fn is_variant(path: &Path) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| is_one_of(&last.ident, &["Some", "None", "Ok", "Err"]))
}
