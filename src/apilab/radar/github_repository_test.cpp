#include "apilab/radar/github_repository.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apilab::radar {
namespace {

std::string read(std::string_view text) {
    const auto found = parse_github_repository(text);
    return found ? found->owner + "/" + found->name +
                       (found->directory.empty() ? "" : " in " + found->directory)
                 : "none";
}

TEST(GithubRepository, every_usual_spelling) {
    for (const char* text :
         {"github:o/r", "o/r", "https://github.com/o/r", "http://github.com/o/r.git",
          "git://github.com/o/r.git", "git+https://github.com/o/r.git",
          "git+ssh://git@github.com/o/r.git", "git@github.com:o/r.git",
          "https://GitHub.com/o/r#main", "https://www.github.com/o/r/", "github.com/o/r",
          " ssh://git@github.com/o/r.git "}) {
        EXPECT_EQ(read(text), "o/r") << text;
    }
    EXPECT_EQ(read("https://github.com/o/r/tree/main/packages/x/"), "o/r in packages/x");
}

TEST(GithubRepository, what_is_elsewhere_or_no_repository) {
    for (const char* text :
         {"", "gitlab:o/r", "https://gitlab.com/o/r", "https://github.com/o", "https://github.com/",
          "https://github.com.evil.example/o/r", "./x/y", "a/b/c", "github:../..", "gist:11081aaa",
          "https://github.com/o/r r", "https://example.org/github.com/o/r"}) {
        EXPECT_EQ(read(text), "none") << text;
    }
}

TEST(GithubRepository, npm_writes_it_as_a_string_or_an_object) {
    const auto from = [](std::string_view json) {
        const auto document = http::JsonDocument::parse(json).value();
        return parse_github_repository(document.root());
    };
    EXPECT_EQ(from(R"("o/r")"), (GithubRepository{"o", "r", ""}));
    EXPECT_EQ(from(R"({"type":"git","url":"git+https://github.com/o/r.git","directory":"p/x"})"),
              (GithubRepository{"o", "r", "p/x"}));
    EXPECT_EQ(from(R"({"type":"git"})"), std::nullopt);
    EXPECT_EQ(from("[]"), std::nullopt);
    EXPECT_EQ(from("null"), std::nullopt);
}

}  // namespace
}  // namespace apilab::radar
