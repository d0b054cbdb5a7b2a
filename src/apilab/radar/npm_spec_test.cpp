#include "apilab/radar/npm_spec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace apilab::radar {
namespace {

using Kind = NpmSpec::Kind;

TEST(NpmSpec, tells_the_forms_apart) {
    const std::vector<std::tuple<std::string, Kind, std::string>> table = {
        {"^1.2.3", Kind::range, "^1.2.3"},
        {"", Kind::range, "*"},
        {"1.2.3beta", Kind::range, "1.2.3beta"},
        {"latest", Kind::tag, "latest"},
        {"file:../x", Kind::local, "file:../x"},
        {"./x", Kind::local, "./x"},
        {"workspace:*", Kind::local, "workspace:*"},
        {"git+ssh://git@example.org/o/r.git#v1", Kind::git, "git+ssh://git@example.org/o/r.git#v1"},
        {"github:o/r", Kind::git, "github:o/r"},
        {"o/r#semver:^1", Kind::git, "o/r#semver:^1"},
        {"https://example.org/x.tgz", Kind::tarball, "https://example.org/x.tgz"},
        {"https://example.org/x.git", Kind::git, "https://example.org/x.git"},
    };
    for (const auto& [text, kind, kept] : table) {
        const NpmSpec spec = parse_npm_spec(text);
        EXPECT_EQ(spec.kind, kind) << text;
        EXPECT_EQ(spec.text, kept);
        EXPECT_EQ(spec.alias_of, "");
    }
}

TEST(NpmSpec, an_alias_names_its_real_package) {
    EXPECT_EQ(parse_npm_spec("npm:real@^1").alias_of, "real");
    EXPECT_EQ(parse_npm_spec("npm:real@^1").text, "^1");
    EXPECT_EQ(parse_npm_spec("npm:@s/real@next").alias_of, "@s/real");
    EXPECT_EQ(parse_npm_spec("npm:@s/real@next").kind, Kind::tag);
    EXPECT_EQ(parse_npm_spec("npm:@s/real").text, "*");
    EXPECT_EQ(parse_npm_spec("npm:").kind, Kind::unreadable);
    EXPECT_EQ(parse_npm_spec("npm:a@npm:b@1").kind, Kind::unreadable);
    EXPECT_EQ(parse_npm_spec("npm:$(x)@1").kind, Kind::unreadable);
}

TEST(PackageName, only_what_is_harmless_in_a_command) {
    for (const char* name : {"lodash", "@types/node", "JSONStream", "__proto__", "a.b-c~d", "-"}) {
        EXPECT_TRUE(is_package_name(name)) << name;
    }
    for (const char* name : {"", ".", "..", "a/b", "@a", "@/b", "@a/", "@a/b/c", "a b", "$(id)",
                             "a;b", "a\x1b[0m", "a'b", "\xC3\xA4"}) {
        EXPECT_FALSE(is_package_name(name)) << name;
    }
    EXPECT_TRUE(is_package_name(std::string(package_name_max, 'a')));
    EXPECT_FALSE(is_package_name(std::string(package_name_max + 1, 'a')));
}

}  // namespace
}  // namespace apilab::radar
