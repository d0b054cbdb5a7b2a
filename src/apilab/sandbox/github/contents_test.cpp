#include "apilab/base/base64.hpp"
#include "apilab/sandbox/github/internal/state.hpp"
#include "apilab/sandbox/github/internal/test_github.hpp"

namespace apilab::sandbox::github {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class GitHubContents : public GitHubTest {
protected:
    std::string contents = hello + "/contents/";
    static std::string body(std::string_view text, std::string_view sha = {}) {
        return R"({"message":"m","content":")" + base64_encode(text) + "\"" +
               (sha.empty() ? "" : R"(,"sha":")" + std::string(sha) + "\"") + "}";
    }
};

TEST_F(GitHubContents, a_blob_has_the_name_that_git_gives_it) {
    // As recorded (fixtures get-content and create-file).
    EXPECT_EQ(blob_name("# hello-world"), "93a078d1c3f76aa1ca11def8f882a06df1d4a01b");
    EXPECT_EQ(blob_name("Test content"), "3f3f005b29247e51a4f4d6b8ce07b67646cd6074");
}

TEST_F(GitHubContents, a_file_is_an_object_and_a_directory_an_array) {
    const auto file = get(contents + "README.md");
    const auto root = json(file);
    EXPECT_EQ(root["type"].string(), "file");
    EXPECT_EQ(root["encoding"].string(), "base64");
    EXPECT_THAT(std::string(root["content"].string_or("")), EndsWith("\n"));
    EXPECT_THAT(std::string(root["url"].string_or("")), EndsWith("/contents/README.md?ref=main"));
    EXPECT_THAT(column(get(contents), "name"),
                ElementsAre("LICENSE", "README.md", "docs", "package.json", "src", "vendor"));
    EXPECT_THAT(column(get(contents + "src"), "type"), ElementsAre("file", "dir"));
    EXPECT_THAT(column(get(hello + "/contents"), "name"), ::testing::SizeIs(6));
    EXPECT_EQ(get(contents + "none.md").status(), 404);
    EXPECT_EQ(get(contents + "README.md?ref=none").status(), 404);
    EXPECT_EQ(get(contents + "README.md?ref=v1.0.0").status(), 200);
}

TEST_F(GitHubContents, long_content_is_broken_into_lines) {
    const std::string text(200, 'x');
    ASSERT_EQ(send("PUT", contents + "long.txt", body(text)).status(), 201);
    const auto reply = get(contents + "long.txt");
    const std::string content(json(reply)["content"].string_or(""));
    EXPECT_EQ(content.find('\n'), 60U);
    headers.set("accept", "application/vnd.github.raw+json");
    const auto raw = get(contents + "long.txt");
    EXPECT_EQ(raw.body(), text);
    EXPECT_EQ(raw.headers().value("content-type"), "application/vnd.github.raw; charset=utf-8");
    EXPECT_EQ(raw.headers().value("x-github-media-type"), "github.v3; param=raw");
}

TEST_F(GitHubContents, links_and_submodules_are_their_own_kind) {
    EXPECT_EQ(json(get(contents + "docs/latest.md"))["path"].string(), "docs/guide.md")
        << "a link to a file is that file";
    const auto link = get(contents + "docs/old");
    EXPECT_EQ(json(link)["type"].string(), "symlink");
    EXPECT_EQ(json(link)["target"].string(), "../archive");
    const auto module = get(contents + "vendor/left-box");
    EXPECT_EQ(json(module)["type"].string(), "submodule");
    EXPECT_THAT(column(get(contents + "vendor"), "type"), ElementsAre("file"))
        << "in a list it is called a file";
    headers.set("x-github-api-version", "2026-03-10");
    EXPECT_THAT(column(get(contents + "vendor"), "type"), ElementsAre("submodule"));
    headers.set("accept", "application/vnd.github.object+json");
    EXPECT_EQ(json(get(contents + "src"))["entries"].size(), 2U);
}

TEST_F(GitHubContents, a_change_needs_the_sha_of_what_is_there) {
    const auto made = send("PUT", contents + "a%20b.txt", body("one"));
    EXPECT_EQ(made.status(), 201);
    const std::string sha(json(made)["content"]["sha"].string_or(""));
    EXPECT_EQ(sha, blob_name("one"));
    EXPECT_EQ(send("PUT", contents + "a%20b.txt", body("two")).status(), 422);
    const auto conflict = send("PUT", contents + "a%20b.txt", body("two", blob_name("other")));
    EXPECT_EQ(conflict.status(), 409);
    EXPECT_THAT(conflict.body(), HasSubstr("does not match"));
    const auto changed = send("PUT", contents + "a%20b.txt", body("two", sha));
    EXPECT_EQ(changed.status(), 200);
    const std::string commit(json(made)["commit"]["sha"].string_or(""));
    EXPECT_EQ(json(changed).at_pointer("/commit/parents/0/sha").string(), commit);
    EXPECT_EQ(send("DELETE", contents + "a%20b.txt", body("", sha)).status(), 409);
    EXPECT_EQ(send("DELETE", contents + "a%20b.txt", body("", blob_name("two"))).status(), 200);
    EXPECT_EQ(get(contents + "a%20b.txt").status(), 404);
}

TEST_F(GitHubContents, what_cannot_be_written_is_not) {
    EXPECT_EQ(send("PUT", contents + "x", R"({"content":"eA=="})").status(), 422);
    EXPECT_EQ(send("PUT", contents + "x", R"({"message":"m"})").status(), 422);
    EXPECT_THAT(send("PUT", contents + "x", R"({"message":"m","content":"?"})").body(),
                HasSubstr("not valid Base64"));
    EXPECT_EQ(send("PUT", contents + "src", body("x")).status(), 422) << "a directory";
    EXPECT_EQ(send("PUT", contents + "a/%2E%2E/b", body("x")).status(), 422);
    EXPECT_EQ(
        send("PUT", contents + "x", R"({"message":"m","content":"eA==","branch":"none"})").status(),
        404);
    EXPECT_EQ(send("PUT", "/repos/lodash/lodash/contents/x", body("x")).status(), 404);
}

TEST_F(GitHubContents, releases_are_made_published_and_deleted) {
    const auto draft =
        send("POST", hello + "/releases", R"({"tag_name":"v9","draft":true,"name":"Nine"})");
    EXPECT_EQ(draft.status(), 201);
    EXPECT_TRUE(json(draft)["published_at"].is_null());
    const auto id = std::to_string(json(draft)["id"].integer().value());
    EXPECT_EQ(get(hello + "/releases/tags/v9").status(), 404);
    EXPECT_EQ(ask.get(hello + "/releases/" + id).status(), 404) << "drafts are private";
    EXPECT_EQ(json(get(hello + "/releases/latest"))["tag_name"].string(), "v2.0.0");
    EXPECT_EQ(send("PATCH", hello + "/releases/" + id, R"({"draft":false})").status(), 200);
    EXPECT_EQ(json(get(hello + "/releases/latest"))["tag_name"].string(), "v9");
    EXPECT_EQ(column(get(hello + "/tags"), "name").front(), "v9");
    EXPECT_EQ(error_of(send("POST", hello + "/releases", R"({"tag_name":"v9"})")),
              "Release.tag_name already_exists");
    EXPECT_EQ(send("DELETE", hello + "/releases/" + id, "").status(), 204);
    EXPECT_EQ(get(hello + "/releases/tags/v9").status(), 404);
    EXPECT_EQ(column(get(hello + "/tags"), "name").front(), "v9") << "the tag stays";
}

TEST_F(GitHubContents, assets_are_uploaded_and_read_back) {
    const auto release = get(hello + "/releases/latest");
    const auto id = std::to_string(json(release)["id"].integer().value());
    headers.set("content-type", "text/plain");
    const auto made =
        send("POST", hello + "/releases/" + id + "/assets?name=a.txt&label=test", "some bytes");
    EXPECT_EQ(made.status(), 201);
    EXPECT_EQ(json(made)["size"].integer(), 10);
    EXPECT_EQ(json(made)["label"].string(), "test");
    const auto asset = hello + "/releases/assets/" + std::to_string(*json(made)["id"].integer());
    EXPECT_EQ(send("POST", hello + "/releases/" + id + "/assets?name=a.txt", "x").status(), 422);
    headers.set("accept", "application/octet-stream");
    EXPECT_EQ(get(asset).body(), "some bytes");
    EXPECT_EQ(get(asset).headers().value("content-type"), "text/plain");
    EXPECT_EQ(send("DELETE", asset, "").status(), 204);
    EXPECT_EQ(get(asset).status(), 404);
}

}  // namespace
}  // namespace apilab::sandbox::github
