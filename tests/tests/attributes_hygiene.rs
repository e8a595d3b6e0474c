//! The expansions of the attributes and of the macros for durations name nothing that a user can take
//! away or put in the way.
#![deny(warnings)]
#![forbid(unsafe_code)]

/// No prelude, and names of the user's for what the expansions might mean.
mod hostile {
    #![no_implicit_prelude]
    #![allow(dead_code, unused_macros)]

    use ::asyncio::{TimeoutError, duration, sleep, timeout, wait_for};
    // What a program may call our dependencies, or a library of its own.
    #[allow(unused_imports)]
    use ::std as tokio;

    mod core {}
    mod std {}
    mod asyncio {}
    mod __asyncio {}
    mod __private {}
    mod __p {}
    enum Option {
        Some,
        None,
    }
    enum Result {
        Ok,
        Err,
    }
    struct Box;
    struct Some;
    struct Ok;
    struct Err;
    struct None;
    struct Duration;
    struct Future;
    macro_rules! panic {
        () => {};
    }
    macro_rules! unreachable {
        () => {};
    }

    /// Methods for everything, with names that the expansions use.
    trait Everywhere: ::core::marker::Sized {
        fn check(self) {}
        fn show(&self) {}
        fn put(&self) {}
        fn take(self) {}
        fn make(self) {}
        fn in_order(self) {}
        fn run(self) {}
        fn multi_thread(self) {}
        fn worker_threads(self) {}
        fn into_future(self) {}
        fn into_duration(self) {}
    }
    impl<T> Everywhere for T {}

    type Outcome = ::core::result::Result<u32, TimeoutError>;

    #[timeout(2s)]
    async fn literal(__limit: u32) -> Outcome {
        if __limit == 0 {
            return ::core::result::Result::Ok(1);
        }
        sleep(5).await;
        ::core::result::Result::Ok(__limit)
    }

    #[timeout(limit, or = 3)]
    async fn expression(limit: f64) -> u32 {
        sleep(5).await;
        1
    }

    #[timeout(1s)]
    fn opaque(wait: u32) -> impl ::core::future::Future<Output = Outcome> {
        literal(wait)
    }

    #[timeout(1s)]
    fn boxed(
        wait: u32,
    ) -> ::core::pin::Pin<
        ::std::boxed::Box<dyn ::core::future::Future<Output = Outcome> + ::core::marker::Send>,
    > {
        ::std::boxed::Box::pin(async move { literal(wait).await })
    }

    #[::asyncio::main(flavor = "multi_thread", worker_threads = 1)]
    pub(super) async fn entry() -> u32 {
        2
    }

    #[::asyncio::test(limit = 30s)]
    async fn all() {
        const SECOND: ::core::time::Duration = duration!(1s);
        let limit = SECOND;
        ::std::assert_eq!(literal(0).await, ::core::result::Result::Ok(1));
        ::std::assert!(literal(1).await.is_err());
        ::std::assert_eq!(expression(0.5).await, 3);
        ::std::assert!(opaque(1).await.is_err());
        ::std::assert!(boxed(1).await.is_err());
        ::std::assert!(wait_for!(sleep(2), 1s).await.is_err());
        ::std::assert!(wait_for!(sleep(2), limit).await.is_err());
        sleep!(1s).await;
        sleep!(limit).await;
    }
}

#[test]
fn no_prelude_and_hostile_names() {
    assert_eq!(hostile::entry(), 2);
}

mod in_macros {
    //! Called by `macro_rules!` of the user's, with fragments of every sort.

    use asyncio::{TimeoutError, timeout};

    macro_rules! limited {
        ($limit:expr, $name:ident, $output:ty, $body:block) => {
            #[timeout($limit)]
            async fn $name() -> $output $body
        };
    }
    limited!(1s, literal, Result<u32, TimeoutError>, {
        asyncio::sleep(2).await;
        Ok(1)
    });
    limited!(0.5 + 0.25, expression, Result<u32, TimeoutError>, { Ok(1) });

    macro_rules! item {
        ($item:item) => {
            #[timeout(1s, or = 0)]
            $item
        };
    }
    item! {
        pub(super) async fn whole() -> u32 {
            asyncio::sleep(2).await;
            1
        }
    }

    macro_rules! test {
        ($name:ident, $body:block) => {
            #[asyncio::test(limit = 10s)]
            async fn $name() $body
        };
    }
    test!(they_work, {
        assert!(literal().await.is_err());
        assert_eq!(expression().await, Ok(1));
        assert_eq!(whole().await, 0);
    });
}
