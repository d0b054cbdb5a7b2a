#include "apilab/sandbox/npm/publish.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "apilab/base/base64.hpp"
#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/npm/internal/tarball.hpp"
#include "apilab/sandbox/npm/provider.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::npm {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string bytes_of(std::string_view version) {
    return "bytes of " + std::string(version);
}

/// What npm sends to publish one version.
std::string document(std::string_view name, std::string_view version, std::string_view more = "",
                     std::string_view data = "") {
    const auto bytes = bytes_of(version);
    const auto sums = sums_of(bytes);
    const auto encoded = data.empty() ? base64_encode(bytes) : std::string(data);
    return R"({"_id":")" + std::string(name) + R"(","name":")" + std::string(name) +
           R"(","dist-tags":{"latest":")" + std::string(version) + R"("},"versions":{")" +
           std::string(version) + R"(":{"name":")" + std::string(name) + R"(","version":")" +
           std::string(version) + R"(","dist":{"integrity":")" + sums.integrity +
           R"(","shasum":")" + sums.shasum + R"("}}},"_attachments":{")" + std::string(name) + "-" +
           std::string(version) + R"(.tgz":{"data":")" + encoded + R"(","length":)" +
           std::to_string(bytes.size()) + "}}" + std::string(more) + "}";
}

class NpmPublish : public ::testing::Test {
protected:
    http::Response put(std::string_view path, std::string body,
                       const std::string& token = "npm_stub", const http::Headers& more = {}) {
        return send("PUT", path, std::move(body), token, more);
    }
    http::Response send(std::string method, std::string_view path, std::string body,
                        const std::string& token = "npm_stub", const http::Headers& more = {}) {
        http::Headers headers = {{"content-type", "application/json"}};
        if (!token.empty()) {
            headers.add("authorization", "Bearer " + token);
        }
        for (const auto& [name, value] : more) {
            headers.add(name, value);
        }
        return ask.send(std::move(method), path, headers, std::move(body));
    }
    http::Json look(std::string_view path) { return parsed(ask.get(path), keep); }

    NpmProvider provider{make_world().value().npm};
    AskProvider ask{provider};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
};

TEST_F(NpmPublish, a_version_can_be_seen_and_its_tarball_is_the_one_that_was_sent) {
    const auto made = put("/octo-fresh", document("octo-fresh", "1.0.0"));
    EXPECT_EQ(made.status(), 201) << made.body();
    EXPECT_EQ(ask.facts.at("makes"), "octo-fresh@1.0.0");
    const auto packument = look("/octo-fresh");
    EXPECT_EQ(packument["dist-tags"]["latest"].string(), "1.0.0");
    EXPECT_TRUE(packument["time"]["1.0.0"].is_string());
    const std::string url(packument["versions"]["1.0.0"]["dist"]["tarball"].string_or(""));
    EXPECT_EQ(ask.follow(url).body(), bytes_of("1.0.0"));
    EXPECT_EQ(put("/octo-fresh", document("octo-fresh", "1.1.0")).status(), 200);
    EXPECT_EQ(look("/octo-fresh")["versions"].size(), 2U);
    EXPECT_EQ(look("/-/v1/search?text=octo-fresh")["total"].integer(), 1);
    provider.reset();
    EXPECT_EQ(ask.get("/octo-fresh").status(), 404);
}

TEST_F(NpmPublish, who_has_no_right_is_told_which) {
    const auto body = document("octo-fresh", "1.0.0");
    const auto nobody = put("/octo-fresh", body, "");
    EXPECT_EQ(nobody.status(), 401);
    EXPECT_EQ(put("/octo-fresh", body, "bogus").status(), 401);
    EXPECT_EQ(put("/octo-fresh", body, "npm_stub_readonly").status(), 403);
    const auto factor = put("/octo-fresh", body, "npm_stub_2fa");
    EXPECT_EQ(factor.status(), 401);
    EXPECT_EQ(factor.headers().value("www-authenticate"), "OTP");
    EXPECT_EQ(put("/octo-fresh", body, "npm_stub_2fa", {{"npm-otp", "12345x"}}).status(), 401);
    EXPECT_EQ(put("/octo-fresh", body, "npm_stub_2fa", {{"npm-otp", "123456"}}).status(), 201);
    const auto others = put("/lodash", document("lodash", "99.0.0"));
    EXPECT_EQ(others.status(), 403);
    EXPECT_THAT(others.body(), HasSubstr("You do not have permission to publish"));
    EXPECT_EQ(put("/@google%2fx", document("@google/x", "1.0.0", R"(,"access":"public")")).body(),
              R"({"error":"Scope not found"})");
}

TEST_F(NpmPublish, a_version_is_published_once) {
    EXPECT_EQ(put("/left-box", document("left-box", "3.0.0")).status(), 200);
    const auto again = put("/left-box", document("left-box", "3.0.0"));
    EXPECT_EQ(again.status(), 403);
    EXPECT_THAT(again.body(), HasSubstr("previously published versions: 3.0.0."));
    EXPECT_EQ(put("/left-box", document("left-box", "1.0.0")).status(), 403);
}

TEST_F(NpmPublish, what_does_not_fit_is_refused) {
    EXPECT_EQ(
        put("/octo-fresh", document("octo-fresh", "1.0.0", "", base64_encode("others"))).status(),
        400);
    EXPECT_EQ(put("/octo-fresh", document("other", "1.0.0")).status(), 400);
    EXPECT_EQ(put("/octo-fresh", document("octo-fresh", "one")).status(), 400);
    EXPECT_EQ(put("/Octo-fresh", document("Octo-fresh", "1.0.0")).status(), 400);
    EXPECT_EQ(put("/octo-fresh", "{").status(), 400);
    EXPECT_EQ(ask.get("/octo-fresh").status(), 404);
}

TEST_F(NpmPublish, a_scoped_package_is_private_unless_it_says_public_and_that_costs) {
    const auto hidden = document("@octo/secret", "1.0.0");
    const auto refused = put("/@octo%2fsecret", hidden);
    EXPECT_EQ(refused.status(), 402);
    EXPECT_THAT(refused.body(), HasSubstr("private packages"));
    EXPECT_EQ(put("/@octo%2fsecret", hidden, "npm_stub_paid").status(), 201);
    EXPECT_EQ(ask.get("/@octo%2fsecret").status(), 404) << "not even that it exists is told";
    EXPECT_EQ(send("GET", "/@octo%2fsecret", "").status(), 200);
    EXPECT_EQ(put("/@octo/open", document("@octo/open", "1.0.0", R"(,"access":"public")")).status(),
              201);
    EXPECT_EQ(ask.get("/@octo/open").status(), 200);
}

TEST_F(NpmPublish, an_old_revision_is_a_conflict) {
    const std::string revision(look("/left-box")["_rev"].string_or(""));
    const auto with = [&](std::string_view version) {
        return document("left-box", version, R"(,"_rev":")" + revision + "\"");
    };
    EXPECT_EQ(put("/left-box", with("3.0.0")).status(), 200);
    const auto late = put("/left-box", with("3.0.1"));
    EXPECT_EQ(late.status(), 409);
    EXPECT_THAT(late.body(), HasSubstr("Document update conflict"));
}

TEST_F(NpmPublish, deprecating_changes_old_manifests_and_is_taken_back_by_an_empty_text) {
    const auto deprecate = [&](std::string_view message) {
        return put("/left-box", R"({"name":"left-box","versions":{"1.0.0":{"deprecated":")" +
                                    std::string(message) + "\"}}}");
    };
    const auto before = ask.get("/left-box").headers().value("etag");
    const std::string etag(before);
    EXPECT_EQ(deprecate("gone").status(), 200);
    EXPECT_EQ(look("/left-box")["versions"]["1.0.0"]["deprecated"].string(), "gone");
    EXPECT_NE(ask.get("/left-box").headers().value("etag"), etag);
    EXPECT_TRUE(look("/left-box")["versions"]["1.1.0"]["deprecated"].is_string())
        << "what is not named stays";
    EXPECT_EQ(deprecate("").status(), 200);
    EXPECT_TRUE(look("/left-box")["versions"]["1.0.0"]["deprecated"].missing());
    EXPECT_EQ(put("/none", R"({"name":"none","versions":{}})").status(), 404);
}

TEST_F(NpmPublish, tags_are_set_and_removed_but_for_latest) {
    const std::string_view tags = "/-/package/left-box/dist-tags";
    const auto tag = [&](std::string_view name) {
        return std::string(tags) + "/" + std::string(name);
    };
    EXPECT_EQ(put(tag("old"), "\"1.0.0\"").status(), 201);
    EXPECT_EQ(look(tags)["old"].string(), "1.0.0");
    EXPECT_EQ(look("/left-box/old")["version"].string(), "1.0.0");
    EXPECT_EQ(put(tag("old"), "\"9.9.9\"").status(), 400);
    EXPECT_EQ(put(tag("1.0.0"), "\"1.0.0\"").status(), 400) << "a tag that is a version";
    EXPECT_EQ(put(tag("old"), "1").status(), 400);
    EXPECT_EQ(put(tag("old"), "\"1.0.0\"", "").status(), 401);
    EXPECT_EQ(send("DELETE", tag("old"), "").status(), 200);
    EXPECT_EQ(send("DELETE", tag("old"), "").status(), 404);
    EXPECT_EQ(send("DELETE", tag("latest"), "").status(), 400);
    EXPECT_EQ(put("/-/package/@octo%2futil/dist-tags/old", "\"1.0.0\"").status(), 201);
}

TEST_F(NpmPublish, what_is_young_can_be_taken_back) {
    put("/octo-fresh", document("octo-fresh", "1.0.0"));
    put("/octo-fresh", document("octo-fresh", "1.1.0"));
    const auto rev = [&] { return std::string(look("/octo-fresh")["_rev"].string_or("")); };
    const auto some = send("PUT", "/octo-fresh/-rev/" + rev(),
                           R"({"name":"octo-fresh","dist-tags":{"latest":"1.0.0"},)"
                           R"("versions":{"1.0.0":{}}})");
    EXPECT_EQ(some.status(), 200) << some.body();
    EXPECT_EQ(ask.get("/octo-fresh/1.1.0").status(), 404);
    EXPECT_EQ(ask.get("/octo-fresh/-/octo-fresh-1.1.0.tgz").status(), 404);
    EXPECT_TRUE(look("/octo-fresh")["time"]["1.1.0"].is_string()) << "times keep what is gone";
    EXPECT_EQ(put("/octo-fresh", document("octo-fresh", "1.1.0")).status(), 403)
        << "and keep it gone";
    EXPECT_EQ(send("DELETE", "/octo-fresh/-rev/1-old", "").status(), 409);
    EXPECT_EQ(send("DELETE", "/octo-fresh/-rev/" + rev(), "").status(), 200);
    const auto gone = look("/octo-fresh");
    EXPECT_TRUE(gone["versions"].missing());
    EXPECT_EQ(gone["time"]["unpublished"]["name"].string(), "sandbox");
}

TEST_F(NpmPublish, what_is_old_cannot) {
    put("/octo-fresh", document("octo-fresh", "1.0.0"));
    ask.system_now += 73h;
    const std::string revision(look("/octo-fresh")["_rev"].string_or(""));
    EXPECT_EQ(send("DELETE", "/octo-fresh/-rev/" + revision, "").status(), 405);
    EXPECT_EQ(send("DELETE", "/left-box/-rev/x", "").status(), 409);
}

TEST_F(NpmPublish, whoami_tells_whose_token_it_is) {
    EXPECT_EQ(send("GET", "/-/whoami", "").body(), R"({"username":"sandbox"})");
    EXPECT_EQ(send("GET", "/-/whoami", "", "bogus").status(), 401);
}

}  // namespace
}  // namespace apilab::sandbox::npm
