//! What introspection is told of a macro: where it stands, and what its branches are called.

use crate::words::shortened;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

/// A reference to the `Site` of this macro.
pub(crate) fn site(private: &Ident, branches: &[String]) -> TokenStream {
    quote! {
        &#private::Site {
            file: #private::core::file!(),
            line: #private::core::line!(),
            branches: &[#(#branches),*],
        }
    }
}

/// What a branch is called: by its name, or by how it is written.
pub(crate) fn branch(name: Option<&Ident>, written: &dyn ToTokens) -> String {
    match name {
        Some(name) => name.to_string(),
        None => shortened(written),
    }
}
