//! Snapshots: `UPDATE_EXPECT=1 cargo test -p asyncio-macros` writes them anew.

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

/// Compares items, formatted.
#[track_caller]
fn items(tokens: TokenStream, expected: &Expect) {
    let file = syn::parse2(tokens).expect("these are items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn timeout_of_an_async_fn() {
    let item = quote! {
        /// Documented.
        pub async fn f(&self, n: u32) -> Result<u32, Error> {
            std::thread::sleep(LONG);
            Ok(n)
        }
    };
    items(
        super::timeout(quote!(2s), item),
        &expect![[r#"
        /// Documented.
        pub async fn f(&self, n: u32) -> Result<u32, Error> {
            use ::asyncio as __asyncio;
            const _: () = __asyncio::blocking::thread_sleep;
            let __limit0 = __asyncio::__private::core::time::Duration::new(2u64, 0u32);
            match __asyncio::timeout(
                    __limit0,
                    async move {
                        #[allow(
                            unreachable_code,
                            clippy::all,
                            clippy::pedantic,
                            clippy::nursery,
                            clippy::restriction
                        )]
                        if false {
                            let __returned: Result<u32, Error> = loop {};
                            return __returned;
                        }
                        std::thread::sleep(LONG);
                        Ok(n)
                    },
                )
                .await
            {
                __asyncio::__private::core::result::Result::Ok(__value0) => __value0,
                __asyncio::__private::core::result::Result::Err(__elapsed0) => {
                    #[allow(unused_imports)]
                    use __asyncio::__private::{self as __p, traits::*};
                    let __found0 = __p::probe_return::<Result<u32, Error>>().__check();
                    let __place = (__p::ReturnType,);
                    __found0.__show(&__place.0);
                    __found0.make(__elapsed0)
                }
            }
        }
    "#]],
    );
}

#[test]
fn timeout_with_or() {
    let item = quote!(
        async fn f() -> u32 {
            1
        }
    );
    items(
        super::timeout(quote!(self.limit, or = 0, crate = ::mylib::asyncio), item),
        &expect![[r#"
            async fn f() -> u32 {
                use ::mylib::asyncio as __asyncio;
                let __limit0 = match (self.limit,) {
                    __b0 => {
                        #[allow(unused_imports)]
                        use __asyncio::__private::{self as __p, traits::*};
                        {
                            let __found0 = __p::probe_duration(&__b0.0).__check();
                            __found0.__show(&__b0.0);
                            __found0.take(__b0.0)
                        }
                    }
                };
                match __asyncio::timeout(
                        __limit0,
                        async move {
                            #[allow(
                                unreachable_code,
                                clippy::all,
                                clippy::pedantic,
                                clippy::nursery,
                                clippy::restriction
                            )]
                            if false {
                                let __returned: u32 = loop {};
                                return __returned;
                            }
                            1
                        },
                    )
                    .await
                {
                    __asyncio::__private::core::result::Result::Ok(__value0) => __value0,
                    __asyncio::__private::core::result::Result::Err(_) => 0,
                }
            }
        "#]],
    );
}

#[test]
fn timeout_of_a_boxed_block() {
    let item = quote! {
        fn f<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'a>> {
            Box::pin(async move { Ok(1) })
        }
    };
    items(
        super::timeout(quote!(2s, or = Ok(0)), item),
        &expect![[r#"
            fn f<'a>(&'a self) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'a>> {
                use ::asyncio as __asyncio;
                let __limit0 = __asyncio::__private::core::time::Duration::new(2u64, 0u32);
                __asyncio::__private::std::boxed::Box::pin(async move {
                    match __asyncio::timeout(
                            __limit0,
                            async move {
                                #[allow(
                                    unreachable_code,
                                    clippy::all,
                                    clippy::pedantic,
                                    clippy::nursery,
                                    clippy::restriction
                                )]
                                if false {
                                    let __returned: Result<u32, Error> = loop {};
                                    return __returned;
                                }
                                Ok(1)
                            },
                        )
                        .await
                    {
                        __asyncio::__private::core::result::Result::Ok(__value0) => __value0,
                        __asyncio::__private::core::result::Result::Err(_) => Ok(0),
                    }
                })
            }
        "#]],
    );
}

#[test]
fn timeout_of_a_returned_future() {
    let item = quote! {
        fn f(n: u32) -> impl Future<Output = u32> {
            let future = g(n);
            async move { future.await }
        }
    };
    items(
        super::timeout(quote!(2s, or = 0), item),
        &expect![[r#"
            fn f(n: u32) -> impl Future<Output = u32> {
                use ::asyncio as __asyncio;
                let __limit0 = __asyncio::__private::core::time::Duration::new(2u64, 0u32);
                let __future0 = __asyncio::__private::call_once(move || {
                    let future = g(n);
                    async move { future.await }
                });
                async move {
                    match __asyncio::timeout(__limit0, __future0).await {
                        __asyncio::__private::core::result::Result::Ok(__value0) => __value0,
                        __asyncio::__private::core::result::Result::Err(_) => 0,
                    }
                }
            }
        "#]],
    );
}

#[test]
fn timeout_with_a_mistake_keeps_the_function() {
    let item = quote!(
        async fn f() -> Result<u32, Error> {
            Ok(1)
        }
    );
    items(
        super::timeout(quote!(2), item),
        &expect![[r#"
            ::core::compile_error! {
                "invalid duration `2`: missing unit\nhelp: write `2s` for 2 seconds, `2ms` for 2 milliseconds"
            }
            async fn f() -> Result<u32, Error> {
                #[allow(unexpected_cfgs)]
                {
                    #[cfg(rust_analyzer)]
                    ::asyncio::__private::half_typed! {
                        2
                    }
                }
                Ok(1)
            }
        "#]],
    );
}

#[test]
fn timeout_of_a_half_typed_body() {
    let item = quote!(
        async fn f(&self) -> Result<u32, Error> {
            self.
        }
    );
    // It is no Rust to format: the tokens have to be there.
    let expanded = super::timeout(quote!(2s), item).to_string();
    assert!(expanded.contains("return __returned"), "{expanded}");
    assert!(expanded.contains("self ."), "{expanded}");
    assert!(!expanded.contains("compile_error"), "{expanded}");
}

#[test]
fn timeout_of_a_half_typed_argument() {
    let item = quote!(
        async fn f(&self) -> Result<u32, Error> {
            Ok(1)
        }
    );
    let expanded = super::timeout(quote!(self.), item).to_string();
    assert!(expanded.contains("compile_error"), "{expanded}");
    assert!(expanded.contains("async fn f"), "{expanded}");
}

#[test]
fn main_on_one_thread() {
    let item = quote!(
        async fn main() -> Result<(), Error> {
            run().await
        }
    );
    items(
        super::main(quote!(), item),
        &expect![[r#"
        fn main() -> Result<(), Error> {
            use ::asyncio as __asyncio;
            __asyncio::Runner::run(
                &mut __asyncio::Runner::new(),
                async move {
                    #[allow(
                        unreachable_code,
                        clippy::all,
                        clippy::pedantic,
                        clippy::nursery,
                        clippy::restriction
                    )]
                    if false {
                        let __returned: Result<(), Error> = loop {};
                        return __returned;
                    }
                    run().await
                },
            )
        }
    "#]],
    );
}

#[test]
fn main_on_several_threads() {
    let item = quote!(
        async fn main() {
            run().await
        }
    );
    let arguments = quote!(flavor = "multi_thread", worker_threads = 4);
    items(
        super::main(arguments, item),
        &expect![[r#"
        fn main() {
            use ::asyncio as __asyncio;
            __asyncio::Runner::run(
                &mut __asyncio::Runner::worker_threads(
                    __asyncio::Runner::multi_thread(__asyncio::Runner::new()),
                    {
                        let __threads0: __asyncio::__private::core::primitive::usize = 4;
                        __threads0
                    },
                ),
                async move {
                    #[allow(
                        unreachable_code,
                        clippy::all,
                        clippy::pedantic,
                        clippy::nursery,
                        clippy::restriction
                    )]
                    if false {
                        let __returned: () = loop {};
                        return __returned;
                    }
                    run().await
                },
            )
        }
    "#]],
    );
}

#[test]
fn main_with_arguments_keeps_its_shape() {
    let item = quote!(
        async fn main(arguments: Vec<String>) {
            run(arguments).await
        }
    );
    items(
        super::main(quote!(), item),
        &expect![[r#"
        ::core::compile_error! {
            "`main` takes no arguments\nhelp: read them with `std::env::args()`"
        }
        fn main() {
            #[allow(dead_code)]
            async fn main(arguments: Vec<String>) {
                run(arguments).await
            }
            loop {}
        }
    "#]],
    );
}

#[test]
fn test_with_options() {
    let item = quote!(
        #[should_panic]
        async fn t() {
            run().await
        }
    );
    items(
        super::test(quote!(real_time, limit = 10s), item),
        &expect![[r#"
            #[::core::prelude::v1::test]
            #[should_panic]
            fn t() {
                use ::asyncio as __asyncio;
                __asyncio::__private::run_test(
                    true,
                    __asyncio::__private::core::option::Option::Some(
                        __asyncio::__private::core::time::Duration::new(10u64, 0u32),
                    ),
                    async move {
                        #[allow(
                            unreachable_code,
                            clippy::all,
                            clippy::pedantic,
                            clippy::nursery,
                            clippy::restriction
                        )]
                        if false {
                            let __returned: () = loop {};
                            return __returned;
                        }
                        run().await
                    },
                )
            }
        "#]],
    );
}

#[test]
fn test_above_timeout() {
    let item = quote!(
        #[timeout(1s)]
        #[ignore]
        async fn t() -> Result<(), Error> {
            run().await
        }
    );
    items(
        super::test(quote!(real_time), item),
        &expect![[r#"
        #[timeout(1s)]
        #[::asyncio::test(real_time)]
        #[ignore]
        async fn t() -> Result<(), Error> {
            run().await
        }
    "#]],
    );
}

#[test]
fn where_an_option_is_wrong_the_runtime_is_not_named() {
    for options in [
        quote!(flavour = "multi_thread"),
        quote!(crate = mylib::runtime),
        quote!(flavor = 1, crate = ::mylib::runtime),
    ] {
        let item = quote!(
            async fn f() {}
        );
        for expand in [super::main, super::test] {
            let expanded = expand(options.clone(), item.clone());
            let (file, source) = (
                syn::parse2::<syn::File>(expanded.clone()),
                expanded.to_string(),
            );
            assert!(file.is_ok(), "{source}");
            assert!(source.contains("compile_error"), "{source}");
            // The message may name it, as what to write.
            let named = source
                .replace('"', " ")
                .split_whitespace()
                .any(|word| word == "__asyncio");
            assert!(!named, "{source}");
        }
    }
}
