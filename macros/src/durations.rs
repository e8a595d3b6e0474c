//! Durations as the macros take them: a literal with its unit, or an expression.

mod literal;

use crate::over::{Over, local};
use crate::walk::{Walk, in_statements, inside};
use crate::words::{also, error, without};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::time::Duration;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Lit, Result, Stmt, Token};

/// A length of time in the arguments of a macro.
///
/// Parsing takes one expression, so it stops at a `,`, and refuses whatever is known not to be a
/// duration: a number without a unit, a string, a negative one.
pub(crate) enum Length {
    /// `2s`, `1h30m`.
    Literal(Duration, Span),
    /// Any expression of type `impl IntoDuration`; the expansion checks that it is one.
    Expr(Box<Over>),
}

impl Parse for Length {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let start = input.fork();
        let expr: Expr = input.parse()?;
        if let Expr::Unary(unary) = bare(&expr)
            && let (syn::UnOp::Neg(_), Expr::Lit(_)) = (&unary.op, bare(&unary.expr))
        {
            return Err(error(&expr, "a duration cannot be negative"));
        }
        if let Expr::Path(path) = bare(&expr)
            && path.path.is_ident("None")
        {
            let message =
                "a duration cannot be `None`\nhelp: to wait without a limit, leave the limit out";
            return Err(error(&expr, message));
        }
        let Expr::Lit(literal) = bare(&expr) else {
            refuse_literal_inside(&expr)?;
            return Ok(Length::Expr(Box::new(Over::new(expr))));
        };
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(in_several_tokens(&start, input)?);
        }
        let length = from_literal(&literal.lit)?;
        Ok(Length::Literal(length, literal.lit.span()))
    }
}

impl Length {
    /// As `parse`, but a wrong literal is among the `mistakes`, and any length stands for it: what is
    /// around it can be looked at as well.
    pub(crate) fn parse_or_any(
        input: ParseStream<'_>,
        mistakes: &mut Option<Error>,
    ) -> Result<Self> {
        let ahead = input.fork();
        match Length::parse(&ahead) {
            Ok(_) => Length::parse(input),
            // It ends where an argument does.
            Err(mistake) if ahead.is_empty() || ahead.peek(Token![,]) => {
                also(mistakes, mistake);
                input.parse::<Expr>()?;
                Ok(Length::Literal(Duration::from_secs(1), Span::mixed_site()))
            }
            Err(mistake) => Err(mistake),
        }
    }

    /// An error over a literal that is zero, where a limit of zero is a mistake.
    pub(crate) fn not_zero(&self, message: &str) -> Result<()> {
        match self {
            Length::Literal(Duration::ZERO, at) => Err(Error::new(*at, message)),
            _ => Ok(()),
        }
    }

    /// How long it is, where that is known here.
    pub(crate) fn literal(&self) -> Option<Duration> {
        match self {
            Length::Literal(length, _) => Some(*length),
            Length::Expr(_) => None,
        }
    }

    /// An expression of type `Duration`. `krate` is the path of the runtime.
    pub(crate) fn expand(&self, krate: &TokenStream) -> TokenStream {
        let value = self.written(krate);
        let Length::Expr(over) = self else {
            return value;
        };
        let (here, held) = (Ident::new("__p", Span::mixed_site()), over.var(0));
        let checked = checked(over, &here, &held);
        quote! {
            match (#value,) {
                #held => {
                    #[allow(unused_imports)]
                    use #krate::__private::{self as #here, traits::*};
                    #checked
                }
            }
        }
    }

    /// The value as it was written: of an expression, not known yet to be a duration.
    pub(crate) fn written(&self, krate: &TokenStream) -> TokenStream {
        match self {
            Length::Literal(length, span) => {
                let (seconds, nanos) = (length.as_secs(), length.subsec_nanos());
                let at = Span::mixed_site().located_at(*span);
                quote_spanned!(at=> #krate::__private::core::time::Duration::new(#seconds, #nanos))
            }
            Length::Expr(over) => over.expr.to_token_stream(),
        }
    }
}

/// The value that `held.0` has as a `Duration`, or rustc's message over it. `private` is a name for the
/// runtime's `__private`, whose traits are in scope.
pub(crate) fn checked(over: &Over, private: &Ident, held: &Ident) -> TokenStream {
    let (value, reference) = (over.value(held), over.reference(held));
    let (found, take) = (local("found", 0, Span::mixed_site()), over.method("take"));
    quote! {{
        let #found = #private::probe_duration(&#held.0).__check();
        #found.__show(#reference);
        #found.#take(#value)
    }}
}

/// The expression without parentheses and without the invisible groups of `macro_rules!`.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        Expr::Paren(paren) => bare(&paren.expr),
        expr => expr,
    }
}

fn from_literal(literal: &Lit) -> Result<Duration> {
    match literal {
        Lit::Int(_) | Lit::Float(_) | Lit::Verbatim(_) => {
            let text = literal.to_token_stream().to_string();
            literal::parse(&text)
                .map_err(|mistake| error(literal, format!("invalid duration `{text}`: {mistake}")))
        }
        Lit::Str(string) => {
            let text = without(&string.value(), ' ');
            let text = match literal::parse(&text) {
                Ok(_) => format!("`{text}`"),
                Err(_) => "`2s` or `500ms`".to_owned(),
            };
            let message = format!("a duration is not a string\nhelp: write {text}, without quotes");
            Err(error(literal, message))
        }
        _ => Err(error(literal, EXPECTED)),
    }
}

/// What to say where there is no duration at all.
pub(crate) const EXPECTED: &str = "expected a duration such as `2s`, `500ms` or `1h30m`";

/// What is wrong with a literal that does not end the argument: perhaps `1m 30s` or `2 seconds`.
fn in_several_tokens(start: ParseStream<'_>, input: ParseStream<'_>) -> Result<Error> {
    let mut tokens = TokenStream::new();
    while !start.is_empty() && !start.peek(Token![,]) {
        tokens.extend([start.parse::<TokenTree>()?]);
    }
    let joined = without(&tokens.to_string(), ' ');
    let meant = match literal::parse(&joined) {
        Ok(_) => joined,
        // `2 seconds`: what would have been said about `2seconds` holds the right spelling.
        Err(mistake) => match mistake.meant() {
            Some(meant) => meant.to_owned(),
            None => return Ok(input.error("expected `,`")),
        },
    };
    let message = format!("a duration is one word\nhelp: write `{meant}`");
    Ok(error(&tokens, message))
}

/// A literal like `30s` is a duration where it stands alone only: elsewhere it is rustc's to read.
fn refuse_literal_inside(expr: &Expr) -> Result<()> {
    struct Find(Option<Error>);

    impl Walk for Find {
        fn expr(&mut self, expr: &Expr) {
            let Expr::Lit(literal) = expr else {
                return inside(expr, self);
            };
            let text = literal.lit.to_token_stream().to_string();
            let has_unit = text.starts_with(|c: char| c.is_ascii_digit());
            if has_unit && literal::parse(&text).is_ok() {
                let message = format!(
                    "`{text}` has to stand alone to be a duration\nhelp: write `duration!({text})` inside an expression"
                );
                self.0.get_or_insert_with(|| error(&literal.lit, message));
            }
        }

        fn statements(&mut self, statements: &[Stmt]) {
            in_statements(statements, self);
        }
    }

    let mut found = Find(None);
    found.expr(expr);
    found.0.map_or(Ok(()), Err)
}
