//! The ways to await several futures.

use asyncio_benches::Comparison;

/// Calls `$then!` with `$count` numbers, each with a name for what is made of it.
macro_rules! numbered {
    (2, $then:ident!($($argument:tt)*)) => { $then!($($argument)*, 2, 0 a0, 1 a1) };
    (3, $then:ident!($($argument:tt)*)) => { $then!($($argument)*, 3, 0 a0, 1 a1, 2 a2) };
    (4, $then:ident!($($argument:tt)*)) => { $then!($($argument)*, 4, 0 a0, 1 a1, 2 a2, 3 a3) };
    (8, $then:ident!($($argument:tt)*)) => {
        $then!($($argument)*, 8, 0 a0, 1 a1, 2 a2, 3 a3, 4 a4, 5 a5, 6 a6, 7 a7)
    };
    (32, $then:ident!($($argument:tt)*)) => {
        $then!(
            $($argument)*, 32, 0 a0, 1 a1, 2 a2, 3 a3, 4 a4, 5 a5, 6 a6, 7 a7, 8 a8, 9 a9, 10 b0, 11 b1,
            12 b2, 13 b3, 14 b4, 15 b5, 16 b6, 17 b7, 18 b8, 19 b9, 20 c0, 21 c1, 22 c2, 23 c3, 24 c4,
            25 c5, 26 c6, 27 c7, 28 c8, 29 c9, 30 d0, 31 d1
        )
    };
}

/// Compares joins of what `$leaf!` makes of the numbers and names, each run by `$run!`, which gets the names
/// and what to await.
///
/// `$bars` are [`JoinBars`].
macro_rules! joins {
    (
        $work:literal, $operations:expr, $leaf:ident, $run:ident, $bars:expr,
        $count:literal, $($i:tt $a:ident),*
    ) => {{
        let bars: $crate::contenders::JoinBars = $bars;
        let all = Comparison::new(concat!("join/", $count, "/", $work), $operations)
            .with("gather!", move || {
                $run!([$($a)*], gather!($($leaf!($i $a)),*).await);
            })
            .with("tokio::join!", move || {
                $run!([$($a)*], tokio::join!($($leaf!($i $a)),*));
            });
        let all = bars.tokio(all)
            .with("tokio::join! biased", move || {
                $run!([$($a)*], tokio::join!(biased; $($leaf!($i $a)),*));
            })
            .with("futures::join!", move || {
                $run!([$($a)*], futures::join!($($leaf!($i $a)),*));
            })
            .with("futures-concurrency", move || {
                $run!([$($a)*], futures_concurrency::future::Join::join([$($leaf!($i $a)),*]).await);
            });
        bars.concurrency(all)
            .with("embassy-futures", move || {
                $run!([$($a)*], embassy_futures::join::join_array([$($leaf!($i $a)),*]).await);
            })
            .with("futures-lite", move || {
                $run!([$($a)*], zip!($($leaf!($i $a)),*).await);
            })
    }};
}

/// `futures_lite::future::zip` takes two at a time.
macro_rules! zip {
    ($last:expr) => { $last };
    ($first:expr, $($rest:expr),+) => { futures_lite::future::zip($first, zip!($($rest),+)) };
}

/// What `gather!` may take at most.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JoinBars {
    /// Of `tokio::join!`, in instructions and in time.
    pub(crate) tokio: Option<(f64, f64)>,
    /// Of futures-concurrency.
    pub(crate) concurrency: Option<f64>,
}

impl JoinBars {
    pub(crate) fn tokio<'a>(&self, comparison: Comparison<'a>) -> Comparison<'a> {
        match self.tokio {
            None => comparison,
            Some((instructions, time)) => comparison
                .at_most_in_instructions(instructions)
                .at_most_in_time(time),
        }
    }

    pub(crate) fn concurrency<'a>(&self, comparison: Comparison<'a>) -> Comparison<'a> {
        match self.concurrency {
            None => comparison,
            Some(part) => comparison.at_most(part),
        }
    }
}

pub(crate) use {joins, numbered, zip};
