//! Snapshots: `UPDATE_EXPECT=1 cargo test -p asyncio-macros` writes them anew.

use crate::testing::expanded;
use expect_test::expect;

#[test]
fn a_literal_is_a_constant() {
    expect![[r#"
        fn main() {
            let _ = ::asyncio::__private::core::time::Duration::new(5400u64, 0u32);
        }
    "#]]
    .assert_eq(&expanded(super::duration, "1h30m"));
    expect![[r#"
        fn main() {
            let _ = ::asyncio::sleep(
                ::asyncio::__private::core::time::Duration::new(1u64, 500000000u32),
            );
        }
    "#]]
    .assert_eq(&expanded(super::sleep, "1.5s"));
}

#[test]
fn sleep_for_an_expression() {
    expect![[r#"
        fn main() {
            let _ = ::asyncio::sleep(
                match (self.delay,) {
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
            );
        }
    "#]]
    .assert_eq(&expanded(super::sleep, "self.delay"));
}

#[test]
fn wait_for_a_literal() {
    expect![[r#"
        fn main() {
            let _ = match (
                (fetch(1),),
                (::asyncio::__private::core::time::Duration::new(2u64, 0u32),),
            ) {
                (__b0, __limit0) => {
                    #[allow(unused_imports)]
                    use ::asyncio::__private::{self as __p, traits::*};
                    let __found0 = __p::probe_limited(&__b0.0).__check();
                    __found0.__show(&__b0.0);
                    let __b0 = (__found0.take(__b0.0),);
                    ::asyncio::wait_for(__b0.0, __limit0.0)
                }
            };
        }
    "#]]
    .assert_eq(&expanded(super::wait_for, "fetch(1), 2s"));
}

#[test]
fn wait_for_an_expression() {
    expect![[r#"
        fn main() {
            let _ = match ((fetch(fs::read(x)?),), (limit,)) {
                (__b0, __b1) => {
                    #[allow(unused_imports)]
                    use ::asyncio::__private::{self as __p, traits::*};
                    const _: () = ::asyncio::blocking::fs;
                    let __found1 = __p::probe_order(&__b0.0, &__b1.0).__check();
                    __found1.__show(&__b0.0);
                    let (__b0, __b1) = __found1.in_order(__b0, __b1);
                    let __found0 = __p::probe_limited(&__b0.0).__check();
                    __found0.__show(&__b0.0);
                    let __b0 = (__found0.take(__b0.0),);
                    ::asyncio::wait_for(
                        __b0.0,
                        {
                            let __found0 = __p::probe_duration(&__b1.0).__check();
                            __found0.__show(&__b1.0);
                            __found0.take(__b1.0)
                        },
                    )
                }
            };
        }
    "#]]
    .assert_eq(&expanded(super::wait_for, "fetch(fs::read(x)?), limit"));
}

#[test]
fn a_half_typed_argument_is_there_for_an_editor() {
    expect![[r#"
        fn main() {
            let _ = {
                #[allow(unexpected_cfgs)]
                {
                    #[cfg(rust_analyzer)]
                    ::asyncio::__private::half_typed! {
                        fetch(1)., 2s
                    }
                }
                ::core::compile_error! {
                    "expected identifier or integer"
                }
            };
        }
    "#]]
    .assert_eq(&expanded(super::wait_for, "fetch(1)., 2s"));
}
