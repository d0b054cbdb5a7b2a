#include "apilab/sandbox/osv/provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::osv {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string query(std::string_view package, std::string_view version, std::string_view token = {}) {
    return R"({"version":")" + std::string(version) + R"(","package":{"ecosystem":"npm","name":")" +
           std::string(package) + "\"}" +
           (token.empty() ? "" : R"(,"page_token":")" + std::string(token) + "\"") + "}";
}

class Osv : public ::testing::Test {
protected:
    Osv() { use({}); }
    void use(OsvOptions options) {
        provider = std::make_unique<OsvProvider>(make_world().value().osv, options);
    }
    http::Response post(std::string_view path, std::string body) {
        return AskProvider(*provider).post(path, std::move(body));
    }
    http::Response get(std::string_view path) { return AskProvider(*provider).get(path); }
    std::vector<std::string> ids(const http::Response& reply) {
        std::vector<std::string> out;
        for (const auto entry : parsed(reply, keep)["vulns"].elements()) {
            out.emplace_back(entry["id"].string_or(""));
        }
        return out;
    }

    std::unique_ptr<OsvProvider> provider;
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
};

TEST_F(Osv, a_query_gives_whole_records_of_the_faults_in_that_version) {
    const auto reply = post("/v1/query", query("ws", "7.4.5"));
    EXPECT_EQ(reply.status(), 200);
    EXPECT_THAT(ids(reply), ElementsAre("GHSA-3h5v-q93c-6h6q", "GHSA-6fc8-4gx4-v693"));
    const auto record = parsed(reply, keep)["vulns"].at_pointer("/0");
    EXPECT_EQ(record["aliases"].at_pointer("/0").string(), "CVE-2024-37890");
    EXPECT_EQ(record["affected"].size(), 1U) << "ranges of this one are joined";
    EXPECT_EQ(record["affected"].at_pointer("/0")["ranges"].size(), 4U);
    EXPECT_THAT(ids(post("/v1/query", query("ws", "7.5.9"))), ElementsAre("GHSA-3h5v-q93c-6h6q"));
}

TEST_F(Osv, nothing_found_is_an_empty_object) {
    EXPECT_EQ(post("/v1/query", query("ws", "8.23.0")).body(), "{}");
    EXPECT_EQ(post("/v1/query", query("no-such-package", "1.0.0")).body(), "{}");
}

TEST_F(Osv, without_a_version_every_record_of_the_package_comes) {
    EXPECT_EQ(ids(post("/v1/query", R"({"package":{"ecosystem":"npm","name":"qs"}})")).size(), 2U);
}

TEST_F(Osv, a_withdrawn_record_is_only_served_by_its_id) {
    EXPECT_THAT(post("/v1/query", query("lodash", "4.17.11")).body(),
                Not(HasSubstr("GHSA-8p5q-j9m2-g8wr")));
    const auto reply = get("/v1/vulns/GHSA-8p5q-j9m2-g8wr");
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(parsed(reply, keep)["withdrawn"].is_string());
}

TEST_F(Osv, malicious_and_unfixable_are_found) {
    EXPECT_THAT(ids(post("/v1/query", query("left-boxx", "1.0.0"))),
                ElementsAre("MAL-2026-990001"));
    EXPECT_THAT(ids(post("/v1/query", query("ip", "2.0.1"))), ElementsAre("GHSA-2p57-rm9w-gvfp"));
}

TEST_F(Osv, a_package_url_names_package_and_version) {
    EXPECT_THAT(ids(post("/v1/query", R"({"package":{"purl":"pkg:npm/ws@7.5.9"}})")),
                ElementsAre("GHSA-3h5v-q93c-6h6q"));
    EXPECT_THAT(ids(post("/v1/query", R"({"version":"7.5.9","package":{"purl":"pkg:npm/ws"}})")),
                ElementsAre("GHSA-3h5v-q93c-6h6q"));
    EXPECT_EQ(post("/v1/query", R"({"package":{"purl":"pkg:npm/%40octo/util@1.0.0"}})").body(),
              "{}");
    // A type that the service does not know is taken, for compatibility.
    EXPECT_EQ(post("/v1/query", R"({"package":{"purl":"pkg:zork/ws@7.5.9"}})").body(), "{}");
}

TEST_F(Osv, a_bad_query_is_a_400_with_a_google_status) {
    struct Case {
        std::string body, message;
    };
    for (const auto& [body, message] : std::vector<Case>{
             {R"({"version":"1","package":{"purl":"pkg:npm/ws@7.5.9"}})",
              "version specified in params and PURL query"},
             {R"({"version":"1","package":{"ecosystem":"NPM","name":"ws"}})", "invalid ecosystem"},
             {R"({"package":{"name":"ws"}})", "ecosystem not specified"},
             {R"({"package":{"purl":"pkg:npm/ws","name":"ws"}})",
              "name or ecosystem specified in a PURL query"},
             {R"({"commit":"xyz"})", "invalid commit hash"},
             {query("ws", "7.4.5", "nonsense"), "invalid cursor"},
             {"{}", "invalid query"},
             {"[]", "invalid query"},
             {"{", "invalid JSON"}}) {
        const auto reply = post("/v1/query", body);
        EXPECT_EQ(reply.status(), 400) << body;
        EXPECT_EQ(parsed(reply, keep)["code"].integer(), 3) << body;
        EXPECT_EQ(parsed(reply, keep)["message"].string(), message) << body;
    }
}

TEST_F(Osv, a_batch_answers_in_order_with_id_and_modified_only) {
    const auto reply =
        post("/v1/querybatch", "{\"queries\":[" + query("ws", "8.23.0") + "," +
                                   query("ip", "2.0.1") + "," + query("none", "1.0.0") + "]}");
    EXPECT_EQ(reply.body(), R"({"results":[{},{"vulns":[{"id":"GHSA-2p57-rm9w-gvfp",)"
                            R"("modified":"2024-06-02T22:29:29Z"}]},{}]})");
}

TEST_F(Osv, a_batch_holds_a_thousand_queries_and_not_one_more) {
    const auto batch = [](int count) {
        std::string body = "{\"queries\":[" + query("ws", "7.4.5");
        for (int i = 1; i < count; ++i) {
            body += "," + query("none", "1.0.0");
        }
        return body + "]}";
    };
    const auto full = post("/v1/querybatch", batch(1000));
    EXPECT_EQ(full.status(), 200);
    EXPECT_EQ(parsed(full, keep)["results"].size(), 1000U);
    const auto over = post("/v1/querybatch", batch(1001));
    EXPECT_EQ(over.status(), 400);
    EXPECT_EQ(over.body(), R"({"code":3,"message":"too many queries"})");
}

TEST_F(Osv, one_bad_query_fails_the_whole_batch_and_is_named) {
    const auto reply = post("/v1/querybatch", "{\"queries\":[" + query("ws", "7.4.5") +
                                                  R"(,{"package":{"ecosystem":"npm"}}]})");
    EXPECT_EQ(reply.status(), 400);
    EXPECT_THAT(reply.body(), HasSubstr("error in query at index 1: "));
}

TEST_F(Osv, pages_hold_every_result_once) {
    const auto whole = ids(post("/v1/query", query("lodash", "4.17.11")));
    ASSERT_GE(whole.size(), 6U);
    for (const bool empty_first : {false, true}) {
        use({.page_size = 2, .first_page_empty = empty_first});
        std::vector<std::string> collected;
        std::string token;
        int pages = 0;
        do {
            const auto reply = post("/v1/query", query("lodash", "4.17.11", token));
            const auto page = ids(reply);
            collected.insert(collected.end(), page.begin(), page.end());
            token = parsed(reply, keep)["next_page_token"].string_or("");
            if (pages++ == 0) {
                EXPECT_EQ(page.empty(), empty_first);
            }
        } while (!token.empty() && pages < 20);
        EXPECT_EQ(collected, whole);
    }
}

TEST_F(Osv, each_item_of_a_batch_has_its_own_token) {
    use({.page_size = 2});
    const auto reply = post("/v1/querybatch", "{\"queries\":[" + query("lodash", "4.17.11") + "," +
                                                  query("ip", "2.0.1") + "]}");
    const auto results = parsed(reply, keep)["results"];
    EXPECT_EQ(results.at_pointer("/0")["vulns"].size(), 2U);
    const std::string token(results.at_pointer("/0")["next_page_token"].string_or(""));
    EXPECT_FALSE(token.empty());
    EXPECT_TRUE(results.at_pointer("/1")["next_page_token"].missing());
    // The token belongs to its query.
    EXPECT_EQ(post("/v1/query", query("lodash", "4.17.11", token)).status(), 200);
    EXPECT_EQ(post("/v1/query", query("ip", "2.0.1", token)).status(), 400);
}

TEST_F(Osv, a_batch_has_an_end_over_all_its_queries) {
    use({.batch_size = 3});
    const auto reply = post("/v1/querybatch", "{\"queries\":[" + query("lodash", "4.17.11") + "," +
                                                  query("ip", "2.0.1") + "]}");
    const auto results = parsed(reply, keep)["results"];
    EXPECT_EQ(results.at_pointer("/0")["vulns"].size(), 3U);
    EXPECT_TRUE(results.at_pointer("/1")["vulns"].missing());
    EXPECT_TRUE(results.at_pointer("/1")["next_page_token"].is_string());
}

TEST_F(Osv, an_unknown_id_is_404_with_a_hint_for_an_alias) {
    EXPECT_EQ(get("/v1/vulns/GHSA-none").body(),
              R"({"code":5,"message":"Vulnerability not found"})");
    EXPECT_EQ(get("/v1/vulns/GHSA-none").status(), 404);
    EXPECT_THAT(get("/v1/vulns/CVE-2021-32640").body(),
                HasSubstr("the following aliases were: GHSA-6fc8-4gx4-v693"));
    EXPECT_EQ(get("/v1/vulns/ghsa-6fc8-4gx4-v693").status(), 404) << "ids are case-sensitive";
    EXPECT_EQ(get("/v1/vulns/" + std::string(101, 'a')).status(), 400);
    EXPECT_EQ(get("/v2/nothing").status(), 404);
}

TEST_F(Osv, what_only_github_knows_is_not_here) {
    EXPECT_EQ(get("/v1/vulns/GHSA-4mjr-xmp4-gh2g").status(), 404);
    EXPECT_EQ(get("/v1/vulns/GHSA-pxg6-pf52-xh8x").status(), 200);
}

TEST_F(Osv, a_refusal_is_a_google_status_too) {
    const auto down = provider->refuse({.status = 503, .retry_after = "1"}, {});
    EXPECT_EQ(down.status(), 503);
    EXPECT_THAT(down.body(), HasSubstr("\"code\":14"));
    EXPECT_EQ(down.headers().value("retry-after"), "1");
    EXPECT_EQ(provider->refuse({.limit = "primary"}, {}).status(), 429);
}

}  // namespace
}  // namespace apilab::sandbox::osv
