#include "apilab/radar/lockfile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace apilab::radar {
namespace {

DependencySet read(std::string_view text, std::optional<std::string_view> beside = {}) {
    auto set = read_dependencies(text, beside);
    EXPECT_TRUE(set) << set.error().to_string();
    return set ? *std::move(set) : DependencySet{};
}

Error refuse(std::string_view text, LockfileLimits limits = {}) {
    auto set = read_dependencies(text, {}, limits);
    EXPECT_FALSE(set) << text.substr(0, 200);
    return set ? Error(ErrorKind::internal, "accepted") : set.error();
}

/// `name@version[direct,dev,optional] <- by:range ...`, one line per installed version.
std::vector<std::string> lines(const DependencySet& set) {
    std::vector<std::string> out;
    for (const Dependency& dependency : set.dependencies) {
        for (const InstalledVersion& v : dependency.installed) {
            std::string line = dependency.name + "@" + v.version;
            line += v.direct ? " direct" : "";
            line += v.dev ? " dev" : "";
            line += v.optional ? " optional" : "";
            for (const Demand& demand : v.demands) {
                line += " <-" + demand.by + ":" + demand.range;
            }
            out.push_back(line);
        }
        for (const WantedVersion& wanted : dependency.wanted) {
            out.push_back(dependency.name + " wants " + wanted.spec.text +
                          (wanted.dev ? " dev" : ""));
        }
    }
    return out;
}

using Lines = std::vector<std::string>;

TEST(Lockfile, version_3_resolves_demands_the_way_node_does) {
    const auto set = read(R"({"name":"shop","lockfileVersion":3,"packages":{
        "":{"name":"shop","engines":{"node":">=18"},"dependencies":{"a":"^1.0.0","b":"2.x"},
            "devDependencies":{"d":"1.0.0"},"optionalDependencies":{"o":"^3"}},
        "node_modules/a":{"version":"1.2.0","dependencies":{"b":"^1.0.0","q":"*"}},
        "node_modules/a/node_modules/b":{"version":"1.9.0","dependencies":{"c":"~5.0.0"}},
        "node_modules/b":{"version":"2.1.0","peerDependencies":{"c":">=5"}},
        "node_modules/c":{"version":"5.0.1"},
        "node_modules/d":{"version":"1.0.0","dev":true},
        "node_modules/o":{"version":"3.0.0","optional":true},
        "node_modules/@s/x":{"version":"0.1.0","devOptional":true}}})");
    EXPECT_EQ(set.kind, InputKind::lock_v3);
    EXPECT_EQ(set.name, "shop");
    EXPECT_EQ(set.engines_node, ">=18");
    EXPECT_EQ(lines(set),
              (Lines{"@s/x@0.1.0 optional", "a@1.2.0 direct <-:^1.0.0", "b@1.9.0 <-a@1.2.0:^1.0.0",
                     "b@2.1.0 direct <-:2.x", "c@5.0.1 <-b@1.9.0:~5.0.0 <-b@2.1.0:>=5",
                     "d@1.0.0 direct dev <-:1.0.0", "o@3.0.0 direct optional <-:^3"}));
    EXPECT_EQ(set.packages(), 7U);
    EXPECT_TRUE(set.notes.empty());
}

TEST(Lockfile, a_dependency_is_looked_for_in_every_folder_on_the_way_up) {
    const auto set = read(R"({"lockfileVersion":3,"packages":{"":{},
        "node_modules/a":{"version":"1.0.0"},
        "node_modules/a/node_modules/b":{"version":"1.0.0"},
        "node_modules/a/node_modules/b/node_modules/d":{"version":"1.0.0","dependencies":{"c":"^1"}},
        "node_modules/a/node_modules/c":{"version":"1.0.0"},
        "node_modules/c":{"version":"2.0.0"}}})");
    EXPECT_EQ(lines(set)[2], "c@1.0.0 <-d@1.0.0:^1");
    EXPECT_EQ(lines(set)[3], "c@2.0.0");
}

constexpr std::string_view version_1 = R"({"name":"tool","lockfileVersion":1,"requires":true,
    "dependencies":{
        "a":{"version":"1.0.0","requires":{"b":"^1.0.0"},
             "dependencies":{"b":{"version":"1.5.0","bundled":true}}},
        "b":{"version":"2.0.0","dev":true},
        "alias":{"version":"npm:real@3.1.0"},
        "g":{"version":"git+ssh://git@example.org/o/r.git#abc"},
        "f":{"version":"file:../f"},
        "t":{"version":"https://example.org/t-1.0.0.tgz"}}})";

TEST(Lockfile, version_1_takes_direct_dependencies_from_the_package_json_beside) {
    const auto set = read(version_1, R"({"dependencies":{"a":"1.0.0","alias":"npm:real@^3"},
                                         "devDependencies":{"b":"^2"}})");
    EXPECT_EQ(set.kind, InputKind::lock_v1);
    EXPECT_EQ(lines(set), (Lines{"a@1.0.0 direct <-:1.0.0", "b@1.5.0 <-a@1.0.0:^1.0.0",
                                 "b@2.0.0 direct dev <-:^2", "real@3.1.0 direct <-:^3"}));
    EXPECT_EQ(set.find("real")->aliases, std::vector<std::string>{"alias"});
    EXPECT_TRUE(set.find("b")->installed[0].bundled);
    ASSERT_EQ(set.left_out.size(), 3U);
    EXPECT_EQ(set.left_out[0].name, "f");
    EXPECT_EQ(set.left_out[1].reason, "from git");
    EXPECT_EQ(set.left_out[2].reason, "from a tarball");
}

TEST(Lockfile, version_1_alone_guesses_what_is_direct_and_says_so) {
    const auto set = read(version_1);
    ASSERT_EQ(set.notes.size(), 1U);
    EXPECT_TRUE(set.find("a")->direct());
    EXPECT_TRUE(set.find("b")->direct());
    EXPECT_FALSE(set.find("b")->installed[0].direct);
}

TEST(Lockfile, a_shrinkwrap_without_version_is_version_1) {
    EXPECT_EQ(read(R"({"name":"x","dependencies":{"a":{"version":"1.0.0","from":"a@^1"}}})").kind,
              InputKind::lock_v1);
}

TEST(Lockfile, aliases_links_and_workspaces) {
    const auto set = read(R"({"lockfileVersion":2,"packages":{
        "":{"name":"mono","workspaces":["packages/*"],"dependencies":{"old":"npm:lodash@^3",
            "g":"github:o/r","u":"https://example.org/u.tgz"}},
        "node_modules/old":{"name":"lodash","version":"3.10.1"},
        "node_modules/lodash":{"version":"4.17.11"},
        "node_modules/web":{"resolved":"packages/web","link":true},
        "node_modules/g":{"version":"1.0.0","resolved":"git+ssh://git@github.com/o/r.git#1"},
        "node_modules/u":{"version":"1.0.0","resolved":"https://example.org/u.tgz"},
        "node_modules/nov":{"optional":true},
        "packages/web":{"version":"1.0.0","dependencies":{"lodash":"~4.17.0"},
            "devDependencies":{"mini":"^1"}},
        "packages/web/node_modules/mini":{"version":"1.0.0","dev":true}}})");
    EXPECT_EQ(set.kind, InputKind::lock_v2);
    EXPECT_EQ(lines(set),
              (Lines{"lodash@3.10.1 direct <-:^3", "lodash@4.17.11 direct <-packages/web:~4.17.0",
                     "mini@1.0.0 direct dev <-packages/web:^1"}));
    EXPECT_EQ(set.find("lodash")->aliases, std::vector<std::string>{"old"});
    std::string left;
    for (const LeftOut& out : set.left_out) {
        left += out.name + ": " + out.reason + "; ";
    }
    EXPECT_EQ(left,
              "g: from git; nov: the lockfile names no version; u: from a tarball; "
              "web: from a local folder or workspace; ");
}

TEST(Lockfile, the_same_version_twice_is_one_package_needed_by_the_stronger_reason) {
    const auto set = read(R"({"lockfileVersion":3,"packages":{
        "":{"dependencies":{"a":"1.0.0"}},
        "node_modules/a":{"version":"1.0.0","dependencies":{"m":"^1"}},
        "node_modules/a/node_modules/m":{"version":"1.0.0"},
        "node_modules/b":{"version":"1.0.0","dev":true,"dependencies":{"m":"1"}},
        "node_modules/b/node_modules/m":{"version":"1.0.0","dev":true}}})");
    EXPECT_EQ(set.packages(), 3U);
    EXPECT_EQ(lines(set)[2], "m@1.0.0 <-a@1.0.0:^1 <-b@1.0.0:1");
}

TEST(PackageJson, exact_versions_are_installed_and_ranges_wanted) {
    const auto set = read(R"({"name":"x","engines":{"node":">=20"},
        "dependencies":{"a":"1.2.3","b":"^2.0.0","c":"npm:real@=v3.0.0","l":"file:./l","o":"^1"},
        "optionalDependencies":{"o":"^1"},"devDependencies":{"d":"latest"}})");
    EXPECT_EQ(set.kind, InputKind::package_json);
    EXPECT_EQ(lines(set), (Lines{"a@1.2.3 direct <-:1.2.3", "b wants ^2.0.0", "d wants latest dev",
                                 "o wants ^1", "real@3.0.0 direct <-:=v3.0.0"}));
    EXPECT_EQ(set.packages(), 5U);
    EXPECT_EQ(set.left_out.size(), 1U);
    EXPECT_TRUE(set.find("o")->wanted[0].optional);
    EXPECT_TRUE(set.find("d")->dev());
    EXPECT_EQ(set.find("zzz"), nullptr);
}

TEST(Lockfile, a_project_without_dependencies_is_empty_and_no_error) {
    EXPECT_EQ(read("{}").packages(), 0U);
    EXPECT_EQ(read(R"({"lockfileVersion":1})").packages(), 0U);
    EXPECT_EQ(read(R"({"lockfileVersion":3,"packages":{}})").packages(), 0U);
}

TEST(Lockfile, names_that_trouble_other_languages_are_ordinary_here) {
    const auto set = read(R"({"lockfileVersion":3,"packages":{"":{},
        "node_modules/__proto__":{"version":"1.0.0"},
        "node_modules/constructor":{"version":"1.0.0"},
        "node_modules/hasownproperty":{"version":"1.0.0"}}})");
    EXPECT_EQ(set.packages(), 3U);
}

TEST(Lockfile, bad_input_is_one_clear_line_with_pointer_and_remedy) {
    struct Case {
        std::string text;
        std::string pointer;
        std::string says;
    };
    const std::vector<Case> cases = {
        {"", "", "the file is empty"},
        {" \n\t", "", "the file is empty"},
        {"[]", "", "not an object"},
        {"null", "", "not an object"},
        {R"({"lockfileVersion":3,"packages":{"node_mod)", "", "not JSON"},
        {"# yarn lockfile v1", "", "yarn.lock"},
        {R"({"lockfileVersion":4,"packages":{}})", "/lockfileVersion", "4 is no known"},
        {R"({"lockfileVersion":"3","packages":{}})", "/lockfileVersion", "expected 1, 2 or 3"},
        {R"({"lockfileVersion":3})", "/packages", "missing"},
        {R"({"lockfileVersion":3,"packages":[]})", "/packages", "not an object"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a":7}})", "/packages/node_modules~1a",
         "not an object"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a":{"version":7}}})",
         "/packages/node_modules~1a/version", "not a string"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a":{"version":"$(id);x"}}})",
         "/packages/node_modules~1a/version", "\"$(id);x\" is no version"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0\u001b[2J"}}})",
         "/packages/node_modules~1a/version", "\"1.0.0?[2J\" is no version"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a;b":{"version":"1.0.0"}}})",
         "/packages/node_modules~1a;b", "is no package name"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/":{"version":"1.0.0"}}})",
         "/packages/node_modules~1", "is no package name"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","dev":"yes"}}})",
         "/packages/node_modules~1a/dev", "not true or false"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","dependencies":["b"]}}})",
         "/packages/node_modules~1a/dependencies", "not an object"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0","dependencies":{"b":1}}}})",
         "/packages/node_modules~1a/dependencies/b", "not a string"},
        {R"({"lockfileVersion":3,"packages":{"":{"devDependencies":{"b":null}}}})",
         "/packages//devDependencies/b", "not a string"},
        {R"({"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0"},"node_modules/a":{"version":"2.0.0"}}})",
         "/packages/node_modules~1a", "stands here twice"},
        {R"({"lockfileVersion":3,"packages":{},"packages":{}})", "/packages", "twice"},
        {R"({"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","version":"2.0.0"}}})",
         "/dependencies/a/version", "twice"},
        {R"({"lockfileVersion":1,"dependencies":{"a":"1.0.0"}})", "/dependencies/a",
         "not an object"},
        {R"({"lockfileVersion":1,"dependencies":{"a":{"version":"1","dependencies":{}}}})",
         "/dependencies/a/version", "is no version"},
        {R"({"lockfileVersion":1,"dependencies":{"a":{"version":"1.0.0","dependencies":{"b":{"version":"npm:"}}}}})",
         "/dependencies/a/dependencies/b/version", "an alias"},
        {R"({"dependencies":{"a b":"^1"}})", "/dependencies/a b", "not a package name"},
        {R"({"dependencies":{"a":["^1"]}})", "/dependencies/a", "not a string"},
        {R"({"dependencies":"a"})", "/dependencies", "not an object"},
    };
    for (const Case& c : cases) {
        const Error error = refuse(c.text);
        EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << c.text;
        EXPECT_EQ(error.detail(), c.pointer) << c.text;
        const std::string line = error.to_string();
        EXPECT_NE(line.find(c.says), std::string::npos) << line;
        EXPECT_FALSE(error.remedy().empty()) << line;
        EXPECT_EQ(std::ranges::count_if(line, [](char ch) { return ch < ' ' && ch >= 0; }), 0)
            << line;
    }
}

TEST(Lockfile, limits_hold) {
    EXPECT_EQ(refuse("{\"a\":1}", {.size_max = 3}).kind(), ErrorKind::too_large);
    EXPECT_EQ(refuse(std::string(100'000, '[') + std::string(100'000, ']')).kind(),
              ErrorKind::too_large);
    std::string deep = R"({"lockfileVersion":1)";
    for (int i = 0; i < 100'000; ++i) {
        deep += R"(,"dependencies":{"a":{"version":"1.0.0")";
    }
    EXPECT_EQ(refuse(deep + std::string(200'001, '}')).kind(), ErrorKind::too_large);
    refuse(deep);  // cut short as well

    std::string path;
    for (int i = 0; i < 101; ++i) {
        path += (i > 0 ? "/" : "") + std::string("node_modules/a");
    }
    const Error nested =
        refuse(R"({"lockfileVersion":3,"packages":{")" + path + R"(":{"version":"1.0.0"}}})");
    EXPECT_EQ(nested.kind(), ErrorKind::too_large);
    EXPECT_LT(nested.to_string().size(), 400U);

    const std::string two =
        R"({"lockfileVersion":3,"packages":{"":{"dependencies":{"a":"1","b":"1"}},
        "node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"1.0.0"}}})";
    EXPECT_EQ(refuse(two, {.packages_max = 1}).kind(), ErrorKind::too_large);
    EXPECT_EQ(refuse(two, {.edges_max = 1}).kind(), ErrorKind::too_large);
    EXPECT_EQ(read(two).packages(), 2U);
}

TEST(Lockfile, a_nested_version_1_file_just_inside_the_depth_limit_is_read) {
    std::string text = R"({"lockfileVersion":1)";
    std::string end = "}";
    for (int i = 0; i < 80; ++i) {
        text += R"(,"dependencies":{"a":{"version":"1.0.0")";
        end += "}}";
    }
    EXPECT_EQ(read(text + end).packages(), 1U);
}

TEST(Lockfile, every_cut_of_a_lockfile_is_refused_without_a_crash) {
    for (std::size_t length = 0; length + 1 < version_1.size(); ++length) {
        refuse(version_1.substr(0, length));
    }
}

}  // namespace
}  // namespace apilab::radar
