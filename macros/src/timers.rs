//! `duration!`, `sleep!` and `wait_for!`.

#[cfg(test)]
mod tests;

use crate::durations::{EXPECTED, Length, checked};
use crate::input::bang;
use crate::lint;
use crate::over::{Over, local};
use crate::words::{error, source};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::ParseStream;
use syn::{Error, Expr, Lit, Result, Token};

pub(crate) fn duration(input: TokenStream) -> TokenStream {
    bang(input, sole_length, |krate, length| match &length {
        Length::Literal(..) => Ok(length.expand(krate)),
        Length::Expr(over) => {
            let message = "`duration!` takes a literal such as `2s`, `500ms` or `1h30m`";
            Err(error(&over.expr, message))
        }
    })
}

pub(crate) fn sleep(input: TokenStream) -> TokenStream {
    bang(input, sole_length, |krate, length| {
        let length = length.expand(krate);
        Ok(quote!(#krate::sleep(#length)))
    })
}

pub(crate) fn wait_for(input: TokenStream) -> TokenStream {
    bang(input, WaitFor::parse, |krate, arguments| {
        Ok(arguments.expand(krate))
    })
}

fn sole_length(input: ParseStream<'_>) -> Result<Length> {
    if input.is_empty() {
        return Err(input.error(EXPECTED));
    }
    if input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
        let name: Ident = input.parse()?;
        let message = format!("a duration has no name\nhelp: remove `{name} =`");
        return Err(error(&name, message));
    }
    let length = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    match input.is_empty() {
        true => Ok(length),
        false => Err(input.error("expected one duration")),
    }
}

struct WaitFor {
    future: Over,
    limit: Length,
    /// What is wrong with the limit. It is reported, and the call expanded as if it were right.
    slips: Option<Error>,
}

impl WaitFor {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        const SHAPE: &str = "`wait_for!(future, 2s)`";
        if input.is_empty() {
            return Err(input.error(format!("expected a future and a time limit: {SHAPE}")));
        }
        let future: Expr = input.parse()?;
        if let Expr::Lit(literal) = &future
            && let Lit::Int(_) | Lit::Float(_) = literal.lit
        {
            // The rest would be read as the limit, which says nothing more.
            input.parse::<TokenStream>()?;
            return Err(error(literal, format!("the future comes first: {SHAPE}")));
        }
        if input.is_empty() || (input.peek(Token![,]) && input.peek2(syn::parse::End)) {
            return Err(error(
                &future,
                format!("the time limit is missing: {SHAPE}"),
            ));
        }
        not_several(&future)?;
        input.parse::<Token![,]>()?;
        named_limit(input)?;
        let mut slips = None;
        let limit = Length::parse_or_any(input, &mut slips)?;
        input.parse::<Option<Token![,]>>()?;
        if input.fork().parse::<Ident>().is_ok_and(|name| name == "or") {
            let message = "`or` is an option of `#[timeout]`\nhelp: write `wait_for!(..).await.unwrap_or(..)`";
            return Err(input.error(message));
        }
        if !input.is_empty() {
            return Err(input.error(format!(
                "`wait_for!` takes one future and its time limit: {SHAPE}"
            )));
        }
        let future = Over::new(future);
        Ok(WaitFor {
            future,
            limit,
            slips,
        })
    }

    fn expand(&self, krate: &TokenStream) -> TokenStream {
        let here = Ident::new("__p", Span::mixed_site());
        let (future, limit) = (&self.future.expr, self.limit.written(krate));
        let held = self.future.var(0);
        let mut warnings = lint::blocking_in_expr(krate, future);
        let literal = self.limit.literal();
        warnings.extend(lint::longer_limits_in_expr(krate, literal, future));
        let probe = match future {
            Expr::Await(_) => "probe_limited_awaited",
            _ => "probe_limited",
        };
        let check = self.future.check(&here, probe, &held);
        let slips = self.slips.as_ref().map(Error::to_compile_error);
        let (until, order, length) = match &self.limit {
            Length::Literal(..) => {
                let until = local("limit", 0, Span::mixed_site());
                (until.clone(), TokenStream::new(), quote!(#until.0))
            }
            Length::Expr(over) => {
                let until = over.var(1);
                let order = self.in_order(&here, &held, &until);
                let length = checked(over, &here, &until);
                (until, order, length)
            }
        };
        quote! {
            match ((#future,), (#limit,)) {
                (#held, #until) => {
                    #[allow(unused_imports)]
                    use #krate::__private::{self as #here, traits::*};
                    #slips
                    #warnings
                    #order
                    #check
                    #krate::wait_for(#held.0, #length)
                }
            }
        }
    }

    /// Two expressions may stand in the wrong order. That is one mistake: it is reported, and then they
    /// are swapped, so that each of them passes its own check.
    fn in_order(&self, here: &Ident, held: &Ident, until: &Ident) -> TokenStream {
        let found = local("found", 1, Span::mixed_site());
        let reference = self.future.reference(held);
        quote! {
            let #found = #here::probe_order(&#held.0, &#until.0).__check();
            #found.__show(#reference);
            let (#held, #until) = #found.in_order(#held, #until);
        }
    }
}

/// `*tasks`, of Python.
fn not_several(future: &Expr) -> Result<()> {
    let Expr::Unary(star) = future else {
        return Ok(());
    };
    if !matches!(star.op, syn::UnOp::Deref(_)) {
        return Ok(());
    }
    let what = source(&star.expr, "tasks");
    let message = format!(
        "`wait_for!` takes one future\nhelp: to wait for several, write `wait_for!(gather!(..{what}), 2s)`\nnote: `*{what}` would dereference it; if that is what you mean, write `(*{what})`"
    );
    Err(error(star, message))
}

/// The name that the limit has in Python.
fn named_limit(input: ParseStream<'_>) -> Result<()> {
    if input.peek(syn::Ident) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let name: Ident = input.parse()?;
        let message = format!("the limit is named with `=`, as in `{name} = 2s`, or not at all");
        return Err(error(&name, message));
    }
    if !(input.peek(syn::Ident) && input.peek2(Token![=]) && !input.peek2(Token![==])) {
        return Ok(());
    }
    let name: Ident = input.parse()?;
    if name != "timeout" {
        let message = format!(
            "`wait_for!` has no option `{name}`\nhelp: the limit is `timeout`, or has no name"
        );
        return Err(error(&name, message));
    }
    input.parse::<Token![=]>()?;
    Ok(())
}
