//! Any text in any function-like macro: an expansion that is an expression, and no panic.
#![no_main]

use asyncio_macros_plain::BANGS;
use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;
use quote::quote;

fuzz_target!(|text: &str| {
    let Ok(arguments) = text.parse::<TokenStream>() else {
        return;
    };
    // The blocks of a race may hold anything: rustc judges them.
    let is_race = text.trim_start().starts_with("if");
    for expand in BANGS {
        let expanded = expand(quote!([::asyncio] #arguments));
        let is_expression = syn::parse2::<syn::Expr>(expanded.clone()).is_ok();
        assert!(is_race || is_expression, "{text:?} gives {expanded}");
    }
});
