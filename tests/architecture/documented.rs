//! Which public items have no doc comment. The lint `missing_docs` would require one on each field and variant too, where a
//! comment that repeats the name helps nobody.

use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, TraitItemFn, Visibility};

/// The names of the public items of a file without a doc comment; fields, variants, modules and test code do not count.
pub(crate) fn undocumented(text: &str) -> Vec<String> {
    let syntax = syn::parse_file(text).expect("the file compiles");
    let mut found = Undocumented::default();
    found.visit_file(&syntax);
    found.0
}

#[derive(Default)]
struct Undocumented(Vec<String>);

impl Undocumented {
    fn check(&mut self, attributes: &[Attribute], name: &impl ToString) {
        let is_documented =
            |attribute: &Attribute| ["doc", "expect"].iter().any(|word| attribute.path().is_ident(word));
        if !attributes.iter().any(is_documented) {
            self.0.push(name.to_string());
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

impl<'ast> Visit<'ast> for Undocumented {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, visibility, name) = match item {
            Item::Const(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Enum(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Fn(item) => (&item.attrs, &item.vis, &item.sig.ident),
            Item::Static(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Struct(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Trait(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Type(item) => (&item.attrs, &item.vis, &item.ident),
            Item::Mod(item) if is_test(&item.attrs) => return,
            // A trait's implementation is documented by the trait.
            Item::Impl(item) if item.trait_.is_some() => return,
            other => return visit::visit_item(self, other),
        };
        if matches!(visibility, Visibility::Public(_)) && !is_test(attributes) {
            self.check(attributes, name);
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if matches!(function.vis, Visibility::Public(_)) && !is_test(&function.attrs) {
            self.check(&function.attrs, &function.sig.ident);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        self.check(&function.attrs, &function.sig.ident);
    }
}
