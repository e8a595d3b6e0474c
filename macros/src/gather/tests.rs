use super::gather;
use crate::testing::{expanded, feed_junk};
use expect_test::{Expect, expect};

fn check(arguments: &str, expected: Expect) {
    expected.assert_eq(&expanded(gather, arguments));
}

#[test]
fn junk_is_no_reason_to_panic() {
    feed_junk(
        gather,
        &[
            "a",
            "b()",
            "c",
            ",",
            ",",
            "=",
            "..",
            ".",
            "*",
            "limit",
            "error",
            "return_exceptions",
            "true",
            "True",
            "await",
            "biased",
            ";",
            ":",
            "=>",
            "3",
            "\"s\"",
            "r#type",
            "&",
            "|x|",
            "[1]",
            "S { a: b(), c: ..d }",
            "<",
            "if",
            "else",
            "...",
            "..=",
            "#",
        ],
    );
}

#[test]
fn nothing() {
    check(
        "",
        expect![[r#"
            fn main() {
                let _ = match () {
                    () => {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        fn __asyncio_site() -> &'static __private::Site {
                            &__private::Site {
                                file: __private::core::file!(),
                                line: __private::core::line!(),
                                branches: &[],
                            }
                        }
                        let __so_far0 = __private::NeverFails;
                        __so_far0.gather((), __private::identity, __asyncio_site)
                    }
                };
            }
        "#]],
    );
}

#[test]
fn two_branches() {
    check(
        "a(1), b.await",
        expect![[r#"
            fn main() {
                let _ = match ((a(1),), (b.await,)) {
                    (__b0, __b1) => {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        fn __asyncio_site() -> &'static __private::Site {
                            &__private::Site {
                                file: __private::core::file!(),
                                line: __private::core::line!(),
                                branches: &["a(1)", "b.await"],
                            }
                        }
                        let __so_far0 = __private::NeverFails;
                        let __found0 = __private::join(
                                __so_far0,
                                __private::probe(&__b0.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b0.0);
                        let (__so_far0, __b0) = __found0.keep(__b0.0);
                        let __found0 = __private::join(
                                __so_far0,
                                __private::probe_awaited(&__b1.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b1.0);
                        let (__so_far0, __b1) = __found0.keep(__b1.0);
                        __so_far0.gather((__b0, __b1), __private::identity, __asyncio_site)
                    }
                };
            }
        "#]],
    );
}

#[test]
fn spread_with_a_limit() {
    check(
        "..tasks, limit = n",
        expect![[r#"
            fn main() {
                let _ = match (
                    (tasks,),
                    {
                        let __limit0: usize = n;
                        __limit0
                    },
                ) {
                    (__b0, __limit0) => {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        fn __asyncio_site() -> &'static __private::Site {
                            &__private::Site {
                                file: __private::core::file!(),
                                line: __private::core::line!(),
                                branches: &["..tasks"],
                            }
                        }
                        let __so_far0 = __private::NeverFails;
                        let __found0 = __private::join(
                                __so_far0,
                                __private::probe_spread(&__b0.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b0.0);
                        let (__so_far0, __b0) = __found0.keep_all(__b0.0, __limit0);
                        __so_far0.gather(__private::Alone(__b0), __private::identity, __asyncio_site)
                    }
                };
            }
        "#]],
    );
}

#[test]
fn return_exceptions() {
    check(
        "a(), ..b, return_exceptions = true",
        expect![[r#"
            fn main() {
                let _ = match ((a(),), (b,), ::asyncio::__private::core::primitive::usize::MAX) {
                    (__b0, __b1, __limit0) => {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        fn __asyncio_site() -> &'static __private::Site {
                            &__private::Site {
                                file: __private::core::file!(),
                                line: __private::core::line!(),
                                branches: &["a()", "..b"],
                            }
                        }
                        let __so_far0 = __private::NeverFails;
                        let __found0 = __private::probe(&__b0.0).__check().__class();
                        __found0.__show(&__b0.0);
                        let __b0 = __found0.__whole(__b0.0);
                        let __found0 = __private::probe_spread(&__b1.0).__check().__class();
                        __found0.__show(&__b1.0);
                        let __b1 = __found0.__whole_all(__b1.0, __limit0);
                        __so_far0.gather((__b0, __b1), __private::identity, __asyncio_site)
                    }
                };
            }
        "#]],
    );
}

#[test]
fn named_with_an_error() {
    check(
        "user = a(), posts = ..b, error = AppError",
        expect![[r#"
            fn main() {
                let _ = match ((a(),), (b,), ::asyncio::__private::core::primitive::usize::MAX) {
                    (__b0, __b1, __limit0) => {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        fn __asyncio_site() -> &'static __private::Site {
                            &__private::Site {
                                file: __private::core::file!(),
                                line: __private::core::line!(),
                                branches: &["user", "..posts"],
                            }
                        }
                        #[derive(
                            __private::core::fmt::Debug,
                            __private::core::clone::Clone,
                            __private::core::cmp::PartialEq
                        )]
                        #[allow(dead_code, non_camel_case_types)]
                        struct Gathered<__T0, __T1> {
                            pub user: __T0,
                            pub posts: __T1,
                        }
                        let __so_far0 = __private::fixed::<AppError>();
                        let __found0 = __private::join(
                                __so_far0,
                                __private::probe(&__b0.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b0.0);
                        let (__so_far0, __b0) = __found0.keep(__b0.0);
                        let __found0 = __private::join(
                                __so_far0,
                                __private::probe_spread(&__b1.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b1.0);
                        let (__so_far0, __b1) = __found0.keep_all(__b1.0, __limit0);
                        __so_far0
                            .gather(
                                (__b0, __b1),
                                |(__b0, __b1)| {
                                    let (__b0, __b1) = ((__b0,), (__b1,));
                                    Gathered {
                                        user: __b0.0,
                                        posts: __b1.0,
                                    }
                                },
                                __asyncio_site,
                            )
                    }
                };
            }
        "#]],
    );
}

#[test]
fn into_a_struct() {
    check(
        "Page { user: a(), posts: ..b }",
        expect![[r#"
            fn main() {
                let _ = match ((a(),), (b,), ::asyncio::__private::core::primitive::usize::MAX) {
                    (__b0, __b1, __limit0) => {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        fn __asyncio_site() -> &'static __private::Site {
                            &__private::Site {
                                file: __private::core::file!(),
                                line: __private::core::line!(),
                                branches: &["user", "..posts"],
                            }
                        }
                        let __so_far0 = __private::NeverFails;
                        let __found0 = __private::join(
                                __so_far0,
                                __private::probe(&__b0.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b0.0);
                        let (__so_far0, __b0) = __found0.keep(__b0.0);
                        let __found0 = __private::join(
                                __so_far0,
                                __private::probe_spread(&__b1.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b1.0);
                        let (__so_far0, __b1) = __found0.keep_all(__b1.0, __limit0);
                        __so_far0
                            .gather(
                                (__b0, __b1),
                                |(__b0, __b1)| {
                                    let (__b0, __b1) = ((__b0,), (__b1,));
                                    Page {
                                        user: __b0.0,
                                        posts: __b1.0,
                                    }
                                },
                                __asyncio_site,
                            )
                    }
                };
            }
        "#]],
    );
}

#[test]
fn more_branches_than_a_tuple_has_are_a_tree() {
    let text = expanded(
        gather,
        "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a, return_exceptions = true",
    );
    let end = text.find("__so_far0\n").expect("the last expression");
    expect![[r#"
        __so_far0
                        .gather(
                            (
                                __b0,
                                __b1,
                                __b2,
                                __b3,
                                __b4,
                                __b5,
                                __b6,
                                __b7,
                                __b8,
                                __b9,
                                __b10,
                                __b11,
                                __b12,
                                __b13,
                                __b14,
                                __b15,
                                __b16,
                            ),
                            __private::identity,
                            __asyncio_site,
                        )
                }
            };
        }
    "#]]
    .assert_eq(&text[end..]);
}

#[test]
fn incomplete() {
    check(
        "a(), b().",
        expect![[r#"
        fn main() {
            let _ = {
                #[allow(unexpected_cfgs)]
                {
                    #[cfg(rust_analyzer)]
                    ::asyncio::__private::half_typed! {
                        a(), b().
                    }
                }
                ::core::compile_error! {
                    "expected identifier or integer"
                }
            };
        }
    "#]],
    );
    check(
        "user = ",
        expect![[r#"
        fn main() {
            let _ = {
                #[allow(unexpected_cfgs)]
                {
                    #[cfg(rust_analyzer)]
                    ::asyncio::__private::half_typed! {
                        user =
                    }
                }
                ::core::compile_error! {
                    "expected a value for `user`"
                }
            };
        }
    "#]],
    );
    check(
        "*tasks, limit = 0",
        expect![[r#"
        fn main() {
            let _ = {
                #[allow(unexpected_cfgs)]
                {
                    #[cfg(rust_analyzer)]
                    ::asyncio::__private::half_typed! {
                        * tasks, limit = 0
                    }
                }
                ::core::compile_error! {
                    "to spread an iterator write `..tasks`\nnote: `*tasks` would dereference it; if that is what you mean, write `(*tasks)`"
                }
                ::core::compile_error! {
                    "`limit` bounds how many items of a `..iterator` run at once, and there is none here"
                }
                ::core::compile_error! {
                    "with a limit of 0 no branch ever runs\nhelp: the least is 1; for no limit, leave it out"
                }
            };
        }
    "#]],
    );
}
