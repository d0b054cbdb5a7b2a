#include "apilab/radar/lockfile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/json_fields.hpp"
#include "apilab/radar/internal/lock_tree.hpp"
#include "apilab/radar/semver_range.hpp"

namespace apilab::radar {
namespace {

using http::Json;
using internal::LockNode;
using internal::LockTree;
using internal::readable;
using internal::Where;
using internal::WherePointer;
using internal::wrong;

constexpr std::string_view version_remedy =
    "expected a version such as 1.2.3; let npm write the file again";

Result<http::JsonDocument> parse_text(std::string_view text, LockfileLimits limits) {
    const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (blank) {
        return fail(wrong("", "the file is empty", "expected package-lock.json or package.json"));
    }
    auto document = http::JsonDocument::parse(
        text, {.size_max = limits.size_max, .depth_max = limits.depth_max});
    if (!document && document.error().kind() == ErrorKind::decode) {
        return fail(wrong("", document.error().message(),
                          "the file may be cut short, or be no package-lock.json (versions 1 to 3) "
                          "or package.json; yarn.lock and pnpm-lock.yaml are not read"));
    }
    if (!document) {
        return fail(Error(std::move(document).error()).with_remedy("is this the right file?"));
    }
    if (!document->root().is_object()) {
        return fail(wrong("", "not an object", "expected package-lock.json or package.json"));
    }
    APILAB_CHECK(internal::check_unique_keys(document->root(), WherePointer("")));
    return document;
}

/// A group of declared dependencies and what belonging to it means.
struct Group {
    std::string_view key;
    bool dev;
    bool optional;
};
constexpr std::array<Group, 4> manifest_groups = {{{"dependencies", false, false},
                                                   {"devDependencies", true, false},
                                                   {"optionalDependencies", false, true},
                                                   {"peerDependencies", false, false}}};

struct Declared {
    std::string_view name;
    std::string_view spec;
    Group group;
};

/// The name/spec pairs of one group.
Result<void> read_group(Json manifest, Group group, const Where& where,
                        std::vector<Declared>& out) {
    const Json value = manifest[group.key];
    if (value.boolean()) {
        return {};  // version 1 writes `requires: true` at the top
    }
    APILAB_TRY(const Json members, internal::object_field(manifest, group.key, where));
    const WherePointer here(where.pointer() + internal::step(group.key));
    APILAB_CHECK(internal::check_unique_keys(members, here));
    for (const auto& [name, spec] : members.members()) {
        const auto text = spec.string();
        if (!text) {
            return fail(wrong(here.pointer() + internal::step(name), "not a string",
                              "expected a range such as ^1.2.3"));
        }
        out.push_back({name, *text, group});
    }
    return {};
}

Result<std::vector<Declared>> read_manifest(Json manifest, const Where& where) {
    std::vector<Declared> out;
    for (const Group group : manifest_groups) {
        APILAB_CHECK(read_group(manifest, group, where, out));
    }
    // A dependency that is declared optional, too, is optional (npm's rule).
    std::set<std::string_view> optional;
    for (const Declared& declared : out) {
        if (declared.group.optional) {
            optional.insert(declared.name);
        }
    }
    std::erase_if(out, [&](const Declared& declared) {
        return declared.group.key == "dependencies" && optional.contains(declared.name);
    });
    return out;
}

/// Puts versions together by package while a set is built.
class Collector {
public:
    Dependency& package(const std::string& name) {
        Dependency& dependency = packages_[name];
        dependency.name = name;
        return dependency;
    }
    InstalledVersion& version(const std::string& name, std::string_view text,
                              const SemVer& semver) {
        Dependency& dependency = package(name);
        const auto [at, added] =
            places_[name].try_emplace(std::string(text), dependency.installed.size());
        if (added) {
            InstalledVersion& made = dependency.installed.emplace_back();
            made.version = text;
            made.semver = semver;
            made.dev = true;
            made.optional = true;
        }
        return dependency.installed[at->second];
    }
    void leave_out(std::string name, std::string reason) {
        left_out_.emplace(std::move(name), std::move(reason));
    }
    void finish(DependencySet& set) && {
        for (auto& [name, dependency] : packages_) {
            std::ranges::sort(dependency.installed, {}, &InstalledVersion::semver);
            set.dependencies.push_back(std::move(dependency));
        }
        for (const auto& [name, reason] : left_out_) {
            set.left_out.push_back({name, reason});
        }
    }

private:
    std::map<std::string, Dependency> packages_;
    std::unordered_map<std::string, std::unordered_map<std::string, std::size_t>> places_;
    std::set<std::pair<std::string, std::string>> left_out_;
};

void add_alias(Dependency& dependency, std::string_view alias) {
    if (alias != dependency.name &&
        std::ranges::find(dependency.aliases, alias) == dependency.aliases.end()) {
        dependency.aliases.emplace_back(alias);
    }
}

Result<DependencySet> from_package_json(Json root) {
    const WherePointer top("");
    DependencySet set;
    APILAB_TRY(const std::string_view name, internal::text_field(root, "name", top));
    set.name = name;
    set.engines_node = root["engines"]["node"].string_or("");
    APILAB_TRY(const auto declared, read_manifest(root, top));
    Collector collector;
    for (const auto& [alias, text, group] : declared) {
        NpmSpec spec = parse_npm_spec(text);
        const std::string real(spec.alias_of.empty() ? alias : std::string_view(spec.alias_of));
        if (!is_package_name(alias)) {
            return fail(wrong(fmt::format("/{}{}", group.key, internal::step(alias)),
                              "not a package name", "expected a name such as lodash"));
        }
        if (!spec.from_registry()) {
            collector.leave_out(real, std::string(describe(spec.kind)));
            continue;
        }
        add_alias(collector.package(real), alias);
        const std::string other(alias == real ? std::string_view() : alias);
        const auto range = SemVerRange::parse(spec.text, {.mode = SemVerMode::loose});
        if (range && range->is_exact()) {
            const SemVer& exact = range->alternatives().front().front().bound;
            InstalledVersion& version = collector.version(real, exact.to_string(), exact);
            version.direct = true;
            version.dev = version.dev && group.dev;
            version.optional = version.optional && group.optional;
            version.alias = other;
            version.demands.push_back({"", spec.text, true});
        } else {
            collector.package(real).wanted.push_back(
                {std::move(spec), group.dev, group.optional, other});
        }
    }
    std::move(collector).finish(set);
    return set;
}

/// Turns a tree into a set: who demands what of which installed copy.
class SetBuilder {
public:
    SetBuilder(LockTree& tree, LockfileLimits limits)
        : tree_(tree),
          limits_(limits),
          demands_(tree.nodes().size()),
          direct_(tree.nodes().size()) {}

    Result<void> declare(LockNode::Id from, const std::vector<Declared>& declared) {
        const LockNode& node = tree_.nodes()[from];
        edges_ += declared.size();
        if (edges_ > limits_.edges_max) {
            return fail(
                Error(ErrorKind::too_large,
                      fmt::format("more than {} dependencies declared", limits_.edges_max)));
        }
        for (const Declared& wanted : declared) {
            const auto target = tree_.resolve(from, wanted.name);
            if (!target) {
                continue;  // an optional or peer dependency that is not installed
            }
            NpmSpec spec = parse_npm_spec(wanted.spec);
            if (!spec.from_registry()) {
                LockNode& foreign = tree_.nodes()[*target];
                foreign.foreign = foreign.foreign ? foreign.foreign : spec.kind;
                continue;
            }
            direct_[*target] = direct_[*target] || node.own;
            demands_[*target].push_back({demander(node), std::move(spec.text), node.own});
        }
        return {};
    }

    /// Where nobody says what is direct: whatever nothing else requires.
    void guess_direct() {
        for (LockNode::Id id = 1; id < tree_.nodes().size(); ++id) {
            direct_[id] = tree_.nodes()[id].parent == LockNode::root && demands_[id].empty();
        }
    }

    Result<void> finish(DependencySet& set) && {
        Collector collector;
        for (LockNode::Id id = 1; id < tree_.nodes().size(); ++id) {
            APILAB_CHECK(collect(id, collector));
        }
        std::move(collector).finish(set);
        return {};
    }

private:
    static std::string demander(const LockNode& node) {
        if (!node.own) {
            return fmt::format("{}@{}", node.real_name, readable(node.version));
        }
        return std::string(node.name);
    }

    Result<void> collect(LockNode::Id id, Collector& collector) {
        const LockNode& node = tree_.nodes()[id];
        if (!node.present || node.own) {
            return {};
        }
        if (node.foreign) {
            collector.leave_out(std::string(node.name), std::string(describe(*node.foreign)));
            return {};
        }
        if (node.version.empty()) {
            collector.leave_out(node.real_name, "the lockfile names no version");
            return {};
        }
        const auto semver = SemVer::parse(node.version, SemVerMode::loose);
        if (!semver) {
            return fail(wrong(tree_.pointer(id) + "/version",
                              fmt::format("\"{}\" is no version", readable(node.version)),
                              std::string(version_remedy)));
        }
        add_alias(collector.package(node.real_name), node.name);
        InstalledVersion& version = collector.version(node.real_name, node.version, *semver);
        version.direct = version.direct || direct_[id];
        version.dev = version.dev && node.dev;
        version.optional = version.optional && node.optional;
        version.bundled = version.bundled || node.bundled;
        if (direct_[id] && node.name != node.real_name) {
            version.alias = node.name;
        }
        std::set<std::pair<std::string_view, std::string_view>> seen;
        for (const Demand& demand : version.demands) {
            seen.emplace(demand.by, demand.range);
        }
        for (const Demand& demand : demands_[id]) {
            if (!seen.contains({demand.by, demand.range})) {
                version.demands.push_back(demand);
            }
        }
        return {};
    }

    LockTree& tree_;
    LockfileLimits limits_;
    std::size_t edges_ = 0;
    std::vector<std::vector<Demand>> demands_;
    std::vector<bool> direct_;
};

/// What each installed package declares, by the groups its kind of lockfile has.
Result<void> declare_all(const LockTree& tree, bool version_1, SetBuilder& builder) {
    static constexpr std::array<Group, 3> package_groups = {{{"dependencies", false, false},
                                                             {"optionalDependencies", false, true},
                                                             {"peerDependencies", false, false}}};
    static constexpr Group requires_group = {"requires", false, false};
    for (LockNode::Id id = 1; id < tree.nodes().size(); ++id) {
        const LockNode& node = tree.nodes()[id];
        const internal::WhereNode where(tree, id);
        std::vector<Declared> declared;
        if (version_1) {
            APILAB_CHECK(read_group(node.entry, requires_group, where, declared));
        } else if (node.own) {
            APILAB_TRY(declared, read_manifest(node.entry, where));
        } else {
            for (const Group group : package_groups) {
                APILAB_CHECK(read_group(node.entry, group, where, declared));
            }
        }
        APILAB_CHECK(builder.declare(id, declared));
    }
    return {};
}

Result<InputKind> lock_kind(Json root) {
    const Json version = root["lockfileVersion"];
    if (version.missing() || version.integer() == 1) {
        return InputKind::lock_v1;  // npm before 5 wrote npm-shrinkwrap.json without a version
    }
    if (version.integer() == 2 || version.integer() == 3) {
        return version.integer() == 2 ? InputKind::lock_v2 : InputKind::lock_v3;
    }
    return fail(wrong("/lockfileVersion",
                      fmt::format("{} is no known lockfile version", readable(version.to_text())),
                      "expected 1, 2 or 3, as npm 5 to 11 write"));
}

Result<DependencySet> from_lockfile(Json root, std::optional<Json> manifest,
                                    LockfileLimits limits) {
    const WherePointer top("");
    DependencySet set;
    APILAB_TRY(set.kind, lock_kind(root));
    const bool version_1 = set.kind == InputKind::lock_v1;
    APILAB_TRY(const Json entries,
               internal::object_field(root, version_1 ? "dependencies" : "packages", top));
    if (entries.missing() && !version_1) {
        return fail(wrong("/packages", "missing", "expected an object of packages by path"));
    }
    LockTree tree(limits);
    APILAB_CHECK(version_1 ? tree.read_v1(entries) : tree.read_packages(entries));
    SetBuilder builder(tree, limits);
    APILAB_CHECK(declare_all(tree, version_1, builder));

    const Json own = tree.nodes().front().entry;
    const Json project = own.missing() && manifest ? *manifest : own;
    APILAB_TRY(const std::string_view name, internal::text_field(root, "name", top));
    set.name = name;
    if (project.missing()) {
        builder.guess_direct();
        set.notes.emplace_back(
            "which dependencies are direct is guessed: the lockfile does not say, and no "
            "package.json lies beside it");
    } else {
        set.engines_node = project["engines"]["node"].string_or("");
        APILAB_TRY(const auto declared,
                   read_manifest(project, WherePointer(own.missing() ? "" : "/packages/")));
        APILAB_CHECK(builder.declare(LockNode::root, declared));
    }
    APILAB_CHECK(std::move(builder).finish(set));
    return set;
}

bool is_lockfile(Json root) {
    if (!root["lockfileVersion"].missing()) {
        return true;
    }
    // A shrinkwrap of old: `dependencies` holds objects, where package.json holds ranges.
    for (const auto& [name, value] : root["dependencies"].members()) {
        return value.is_object();
    }
    return false;
}

}  // namespace

Result<DependencySet> read_dependencies(std::string_view text,
                                        std::optional<std::string_view> package_json_beside,
                                        LockfileLimits limits) {
    APILAB_TRY(const auto document, parse_text(text, limits));
    if (!is_lockfile(document.root())) {
        return from_package_json(document.root());
    }
    if (!package_json_beside) {
        return from_lockfile(document.root(), std::nullopt, limits);
    }
    auto manifest = parse_text(*package_json_beside, limits);
    if (!manifest) {
        return fail(std::move(manifest).error().in("package.json beside the lockfile"));
    }
    return from_lockfile(document.root(), manifest->root(), limits);
}

}  // namespace apilab::radar
