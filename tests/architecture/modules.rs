//! The module trees of the workspace's crates, and in which file each name is defined.
//!
//! Code under `#[cfg(test)]` is left out: a file's own tests may use what they like.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Attribute, Item, ItemMod, UseTree, Visibility};

/// Index of a module in [`Modules::all`].
pub(crate) type ModuleId = usize;

/// A path as written, `["crate", "ports", "Queue"]`.
type Segments = Vec<String>;

/// One module: a file, or a `mod x { … }` within one.
#[derive(Debug, Default)]
struct Module {
    file: PathBuf,
    parent: Option<ModuleId>,
    children: BTreeMap<String, ModuleId>,
    defined: BTreeSet<String>,
    /// Imported or re-exported names, and what each stands for.
    imported: BTreeMap<String, Segments>,
    globs: Vec<Segments>,
    /// Paths in the code and in private imports, which make this module depend on others.
    used: Vec<Segments>,
}

/// The module tree of one crate.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    all: Vec<Module>,
}

impl Modules {
    /// Reads the crate whose root is `file` (`src/lib.rs`, `src/main.rs`, `tests/x/main.rs`).
    pub(crate) fn of_crate(file: &Path) -> Self {
        let mut modules = Self::default();
        let folder = file.parent().expect("a crate's root is in a folder");
        modules.read(file, folder, None);
        modules
    }

    /// For each file the other files whose names it uses. A module's own children are not counted: it consists of them.
    pub(crate) fn dependencies(&self) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
        let mut files: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for (id, module) in self.all.iter().enumerate() {
            let definitions = module.used.iter().filter_map(|path| self.resolve(id, path, &mut BTreeSet::new()));
            let others =
                definitions.filter(|other| !self.is_within(*other, id)).map(|other| self.all[other].file.clone());
            files.entry(module.file.clone()).or_default().extend(others.filter(|file| *file != module.file));
        }
        files
    }

    /// `folder` is where the files of child modules are.
    fn read(&mut self, file: &Path, folder: &Path, parent: Option<ModuleId>) -> ModuleId {
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.add(file, folder, parent, &syntax.items)
    }

    fn add(&mut self, file: &Path, folder: &Path, parent: Option<ModuleId>, items: &[Item]) -> ModuleId {
        let id = self.all.len();
        self.all.push(Module { file: file.to_owned(), parent, ..Module::default() });
        for item in items.iter().filter(|item| !is_test_only(item)) {
            match item {
                Item::Mod(child) => self.add_child(id, folder, child),
                Item::Use(import) => {
                    let is_private = matches!(import.vis, Visibility::Inherited);
                    self.all[id].import(&import.tree, &mut Segments::new(), is_private);
                }
                other => {
                    self.all[id].defined.extend(name_of(other));
                    Paths(&mut self.all[id].used).visit_item(other);
                }
            }
        }
        id
    }

    fn add_child(&mut self, id: ModuleId, folder: &Path, child: &ItemMod) {
        let name = child.ident.to_string();
        let inner = folder.join(&name);
        let file = self.all[id].file.clone();
        let child_id = match &child.content {
            Some((_, items)) => self.add(&file, &inner, Some(id), items),
            None => {
                let beside = file.parent().expect("a file is in a folder");
                // The children of a file that `#[path]` names are beside it.
                let candidates = match path_attribute(&child.attrs).map(|path| beside.join(path)) {
                    Some(path) => vec![(path.clone(), path.parent().expect("a file is in a folder").to_owned())],
                    None => vec![(folder.join(format!("{name}.rs")), inner.clone()), (inner.join("mod.rs"), inner)],
                };
                let found = candidates.iter().find(|(path, _)| path.is_file());
                let (path, folder) = found.unwrap_or_else(|| panic!("{}: no file of `mod {name}`", file.display()));
                self.read(path, folder, Some(id))
            }
        };
        self.all[id].children.insert(name, child_id);
    }

    fn is_within(&self, inner: ModuleId, outer: ModuleId) -> bool {
        std::iter::successors(Some(inner), |id| self.all[*id].parent).any(|id| id == outer)
    }

    /// The module that `path` names in module `id`, or that defines the item which it names; none for other crates' names.
    fn resolve(&self, id: ModuleId, path: &[String], seen: &mut BTreeSet<(ModuleId, Segments)>) -> Option<ModuleId> {
        if !seen.insert((id, path.to_vec())) {
            return None;
        }
        let Some((first, rest)) = path.split_first() else { return Some(id) };
        let module = &self.all[id];
        match first.as_str() {
            "crate" => return self.resolve(0, rest, seen),
            "self" => return self.resolve(id, rest, seen),
            "super" => return self.resolve(module.parent?, rest, seen),
            _ => {}
        }
        if let Some(child) = module.children.get(first) {
            return self.resolve(*child, rest, seen);
        }
        if module.defined.contains(first) {
            return Some(id);
        }
        if let Some(import) = module.imported.get(first) {
            // `use time::time` would lead here again.
            if import.first() == Some(first) {
                return None;
            }
            let full: Segments = import.iter().chain(rest).cloned().collect();
            return self.resolve(id, &full, seen);
        }
        // The same for `use other_crate::*`: a glob's own first name is not searched for in globs.
        module.globs.iter().filter(|glob| glob.first() != Some(first)).find_map(|glob| {
            let full: Segments = glob.iter().chain(path).cloned().collect();
            self.resolve(id, &full, seen)
        })
    }
}

impl Module {
    fn import(&mut self, tree: &UseTree, prefix: &mut Segments, is_private: bool) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.import(&path.tree, prefix, is_private);
                prefix.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, prefix, is_private)),
            UseTree::Glob(_) => self.globs.push(prefix.clone()),
            UseTree::Name(name) => self.import_name(prefix, &name.ident.to_string(), None, is_private),
            UseTree::Rename(name) => {
                self.import_name(prefix, &name.ident.to_string(), Some(name.rename.to_string()), is_private);
            }
        }
    }

    fn import_name(&mut self, prefix: &Segments, name: &str, renamed: Option<String>, is_private: bool) {
        let mut full = prefix.clone();
        // `use x::{self}` imports x.
        if name != "self" {
            full.push(name.to_owned());
        }
        let Some(known_as) = renamed.or_else(|| full.last().cloned()) else { return };
        // `use serde_json;` would stand for itself.
        if full.len() > 1 {
            self.imported.insert(known_as, full.clone());
        }
        if is_private {
            self.used.push(full);
        }
    }
}

/// Collects the paths in types, expressions, patterns and simple macro arguments.
struct Paths<'a>(&'a mut Vec<Segments>);

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let arguments =
            call.parse_body_with(syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated);
        if let Ok(arguments) = arguments {
            arguments.iter().for_each(|argument| Paths(self.0).visit_expr(argument));
        }
        self.visit_path(&call.path);
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        let mut inner = Module::default();
        inner.import(&import.tree, &mut Segments::new(), true);
        self.0.append(&mut inner.used);
    }

    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        _ => return None,
    };
    Some(name.to_string())
}

fn is_test_only(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        _ => return false,
    };
    let is_cfg_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    };
    attributes.iter().any(is_cfg_test)
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &pair.value else { return None };
    Some(path.value())
}
