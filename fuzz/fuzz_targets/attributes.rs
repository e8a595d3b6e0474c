//! Any text as the arguments of the attributes and, after the first empty line, as their item: an
//! expansion, and no panic.
#![no_main]

use asyncio_macros_plain::ATTRIBUTES;
use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

fuzz_target!(|text: &str| {
    let (arguments, item) = text.split_once("\n\n").unwrap_or(("2s", text));
    let (Ok(arguments), Ok(item)) = (
        arguments.parse::<TokenStream>(),
        item.parse::<TokenStream>(),
    ) else {
        return;
    };
    for expand in ATTRIBUTES {
        let expanded = expand(arguments.clone(), item.clone());
        assert!(
            item.is_empty() || !expanded.is_empty(),
            "{text:?} gives nothing"
        );
    }
});
