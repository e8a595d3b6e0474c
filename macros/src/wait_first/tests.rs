use super::wait_first;
use crate::testing::{expanded, feed_junk};
use expect_test::{Expect, expect};

fn check(arguments: &str, expected: Expect) {
    expected.assert_eq(&expanded(wait_first, arguments));
}

#[test]
fn junk_is_no_reason_to_panic() {
    feed_junk(
        wait_first,
        &[
            "a",
            "b()",
            "_",
            ",",
            ",",
            "=",
            "..",
            ".",
            "*",
            "timeout",
            "2s",
            "return_when",
            "else",
            "if",
            "if",
            "let",
            "let a = b {}",
            "if let a = b() { c }",
            "else if on && let Some(x) = y && z {}",
            "await",
            "biased",
            ";",
            "=>",
            "3",
            "Some(x)",
            "&&",
            "&mut",
            "loop",
            "else {}",
        ],
    );
}

#[test]
fn two_tasks() {
    check(
        "one, two",
        expect![[r#"
            fn main() {
                let _ = match ((one,), (two,), ::asyncio::__private::core::option::Option::None) {
                    (__b0, __b1, __timeout0) => {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        let __found0 = __private::probe_task(
                                __private::probe(&__b0.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b0.0);
                        let (__b0, __how0) = __found0.take(__b0.0);
                        let __found0 = __private::probe_task(
                                __private::probe(&__b1.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b1.0);
                        let (__b1, __how1) = __found0.take(__b1.0);
                        __private::wait_first(
                            __private::Pending2::all((__b0, __b1), (__how0, __how1)),
                            __timeout0,
                        )
                    }
                };
            }
        "#]],
    );
}

#[test]
fn named_tasks_with_a_timeout() {
    check(
        "up = one, down = two, timeout = 1m30s",
        expect![[r#"
            fn main() {
                let _ = match (
                    (one,),
                    (two,),
                    ::asyncio::__private::core::option::Option::Some(
                        ::asyncio::__private::core::time::Duration::new(90u64, 0u32),
                    ),
                ) {
                    (__b0, __b1, __timeout0) => {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        __private::declare_pending! {
                            { up : __T0 __H0 __b0, down : __T1 __H1 __b1; __how0 } (__T0, __T1,)
                            (__H0, __H1,) (__b0, __b1,)
                        }
                        let __found0 = __private::probe_task(
                                __private::probe(&__b0.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b0.0);
                        let (__b0, __how0) = __found0.take(__b0.0);
                        let __found0 = __private::probe_task(
                                __private::probe(&__b1.0).__check().__class(),
                            )
                            .__check();
                        __found0.__show(&__b1.0);
                        let (__b1, __how1) = __found0.take(__b1.0);
                        __private::wait_first(
                            Pending {
                                up: __private::core::option::Option::Some(__b0),
                                down: __private::core::option::Option::Some(__b1),
                                __how0: __private::how((__how0, __how1)),
                            },
                            __timeout0,
                        )
                    }
                };
            }
        "#]],
    );
}

#[test]
fn spread() {
    check(
        "..tasks, timeout = limit",
        expect![[r#"
        fn main() {
            let _ = match (
                (tasks,),
                ::asyncio::__private::core::option::Option::Some(
                    match (limit,) {
                        __b0 => {
                            #[allow(unused_imports)]
                            use ::asyncio::__private::{self as __p, traits::*};
                            {
                                let __found0 = __p::probe_duration(&__b0.0).__check();
                                __found0.__show(&__b0.0);
                                __found0.take(__b0.0)
                            }
                        }
                    },
                ),
            ) {
                (__b0, __timeout0) => {
                    #[allow(unused_imports)]
                    use ::asyncio::__private::{self as __private, traits::*};
                    let __found0 = __private::probe_set(&__b0.0).__check();
                    __found0.__show(&__b0.0);
                    let __b0 = (__found0.take(__b0.0),);
                    __b0.0.wait(__timeout0)
                }
            };
        }
    "#]],
    );
}

#[test]
fn chain_with_else() {
    check(
        "if on && let Some(x) = a() && x > 1 { f(x).await } else if let _ = &mut b { return 1 } else { 2 }",
        expect![[r#"
            fn main() {
                let _ = {
                    let __first0 = {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        __private::Race::race_at(
                                (
                                    if on {
                                        __private::core::option::Option::Some(
                                            match (a(),) {
                                                __b0 => {
                                                    let __found0 = __private::probe(&__b0.0).__check();
                                                    __found0.__show(&__b0.0);
                                                    let __b0 = (__found0.take(__b0.0),);
                                                    __b0.0
                                                }
                                            },
                                        )
                                    } else {
                                        __private::core::option::Option::None
                                    },
                                    __private::core::option::Option::Some(
                                        match (&mut b,) {
                                            __b1 => {
                                                __private::kept(&__b1.0).__future();
                                                let __found0 = __private::probe(&__b1.0).__check();
                                                __found0.__show(&__b1.0);
                                                let __b1 = (__found0.take(__b1.0),);
                                                __b1.0
                                            }
                                        },
                                    ),
                                ),
                                &__private::Site {
                                    file: __private::core::file!(),
                                    line: __private::core::line!(),
                                    branches: &["a()", "&mut b"],
                                },
                            )
                            .await
                    };
                    match __first0 {
                        ::asyncio::__private::First2::B0(Some(x)) if x > 1 => f(x).await,
                        ::asyncio::__private::First2::B1(_) => return 1,
                        _ => 2,
                    }
                };
            }
        "#]],
    );
}

#[test]
fn chain_without_else() {
    check(
        "if let x = a() { x.y } else if on && let _ = sleep(1) {}",
        expect![[r#"
            fn main() {
                let _ = {
                    let __first0 = {
                        #[allow(unused_imports)]
                        use ::asyncio::__private::{self as __private, traits::*};
                        __private::Race::race_at(
                                (
                                    __private::core::option::Option::Some(
                                        match (a(),) {
                                            __b0 => {
                                                let __found0 = __private::probe(&__b0.0).__check();
                                                __found0.__show(&__b0.0);
                                                let __b0 = (__found0.take(__b0.0),);
                                                __b0.0
                                            }
                                        },
                                    ),
                                    if on {
                                        __private::core::option::Option::Some(
                                            match (sleep(1),) {
                                                __b1 => {
                                                    let __found0 = __private::probe(&__b1.0).__check();
                                                    __found0.__show(&__b1.0);
                                                    let __b1 = (__found0.take(__b1.0),);
                                                    __b1.0
                                                }
                                            },
                                        )
                                    } else {
                                        __private::core::option::Option::None
                                    },
                                ),
                                &__private::Site {
                                    file: __private::core::file!(),
                                    line: __private::core::line!(),
                                    branches: &["a()", "sleep(1)"],
                                },
                            )
                            .await
                    };
                    match __first0 {
                        #[allow(unused_braces)]
                        ::asyncio::__private::First2::B0(__value0) => {
                            let __value0 = (__value0,);
                            #[allow(clippy::let_unit_value)]
                            let x = __value0.0;
                            { x.y }
                        }
                        #[allow(unused_braces)]
                        ::asyncio::__private::First2::B1(__value1) => {
                            let __value1 = (__value1,);
                            #[allow(clippy::let_unit_value)]
                            let _ = __value1.0;
                            {}
                        }
                        _ => ::asyncio::__private::not_first(),
                    }
                };
            }
        "#]],
    );
}

#[test]
fn incomplete() {
    check(
        "one, two.",
        expect![[r#"
        fn main() {
            let _ = {
                #[allow(unexpected_cfgs)]
                {
                    #[cfg(rust_analyzer)]
                    ::asyncio::__private::half_typed! {
                        one, two.
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
        "if let Some(x) = ",
        expect![[r#"
        fn main() {
            let _ = {
                #[allow(unexpected_cfgs)]
                {
                    #[cfg(rust_analyzer)]
                    ::asyncio::__private::half_typed! {
                        if let Some(x) =
                    }
                }
                ::core::compile_error! {
                    "expected an expression"
                }
            };
        }
    "#]],
    );
    check(
        "if let Some(x) = a() {} else",
        expect![[r#"
        fn main() {
            let _ = {
                #[allow(unexpected_cfgs)]
                {
                    #[cfg(rust_analyzer)]
                    ::asyncio::__private::half_typed! {
                        if let Some(x) = a() {} else
                    }
                }
                ::core::compile_error! {
                    "expected `if let` or a block, `{ .. }`"
                }
            };
        }
    "#]],
    );
}
