#include "apilab/sandbox/api/documents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::api {
namespace {

constexpr std::string_view first = "9007199254740993";

class DocumentsTest : public testing::Test {
protected:
    DocumentsTest() {
        SandboxOptions options;
        options.providers.push_back(std::make_unique<ApiProvider>(7));
        sandbox_ = *Sandbox::make(scheduler_, std::move(options));
    }

    http::Response send(std::string method, const std::string& path, std::string body = {},
                        const std::string& match = {}) {
        http::Request request(std::move(method),
                              *http::Url::parse("http://sandbox.test/api/documents" + path));
        request.body(std::move(body));
        if (!match.empty()) {
            request.header("if-match", match);
        }
        return *runtime::run(scheduler_, sandbox_->call(std::move(request), {}));
    }
    http::Response read(std::string_view id = first) { return send("GET", "/" + std::string(id)); }
    // Reads the first document, changes its text, writes it back; gives the facts of the writing.
    std::map<std::string, std::string> write(std::string_view from, std::string_view to) {
        const auto document = read();
        auto text = document.body();
        text.replace(text.find(from), from.size(), to);
        EXPECT_EQ(send("PUT", "/" + std::string(first), text,
                       std::string(document.headers().value("etag")))
                      .status(),
                  200);
        return sandbox_->journal().rows().back().facts;
    }

    runtime::VirtualScheduler scheduler_;
    std::unique_ptr<Sandbox> sandbox_;
};

TEST_F(DocumentsTest, are_listed_by_ids_beyond_what_a_double_holds) {
    const auto list = http::JsonDocument::parse(send("GET", "").body()).value();
    EXPECT_EQ(list.root()["documents"].size(), Documents::count);
    for (const auto entry : list.root()["documents"].elements()) {
        const auto id = entry["id"].unsigned_integer().value();
        EXPECT_NE(static_cast<std::uint64_t>(static_cast<double>(id)), id);
        EXPECT_EQ(read(std::to_string(id)).status(), 200);
    }
}

TEST_F(DocumentsTest, written_back_with_another_note_are_whole) {
    const auto facts = write("\"note\":null", "\"note\":\"seen\"");
    EXPECT_EQ(facts.at("document"), first);
    for (const char* fact : {"lost", "changed", "added"}) {
        EXPECT_FALSE(facts.contains(fact)) << fact;
    }
    EXPECT_TRUE(read().body().contains("\"note\":\"seen\""));
}

TEST_F(DocumentsTest, say_what_is_gone_or_not_as_it_was) {
    EXPECT_EQ(write("\"labels\":[\"a\",\"b\"],", "").at("lost"), "/labels");
    EXPECT_EQ(write("\"login\":\"ada\"", "\"login\":null").at("changed"), "/owner/login");
    EXPECT_EQ(write("{\"id\"", "{\"x\":1,\"id\"").at("added"), "/x");
}

TEST_F(DocumentsTest, compare_decimals_by_their_digits) {
    EXPECT_EQ(write("\"rate\":0.1000000000000000055", "\"rate\":0.1000000000000000").at("changed"),
              "/rate")
        << "the same double, and not the same number";
}

TEST_F(DocumentsTest, are_written_only_over_what_was_read) {
    const auto etag = std::string(read().headers().value("etag"));
    EXPECT_EQ(send("PUT", "/" + std::string(first), "{}").status(), 428);
    EXPECT_EQ(send("PUT", "/" + std::string(first), "[]", etag).status(), 400);
    EXPECT_EQ(send("PUT", "/" + std::string(first), "{", etag).status(), 400);
    EXPECT_EQ(send("PUT", "/" + std::string(first), "{}", etag).status(), 200);
    EXPECT_EQ(send("PUT", "/" + std::string(first), "{}", etag).status(), 412);
    EXPECT_EQ(sandbox_->numbers().at("documents damaged"), 1);
}

TEST_F(DocumentsTest, know_an_id_that_was_a_double) {
    for (const auto* id : {"9007199254740992", "9007199254740994", "9.007199254740992e15"}) {
        EXPECT_EQ(read(id).status(), 404);
        EXPECT_TRUE(sandbox_->journal().rows().back().facts.contains("rounded")) << id;
    }
    EXPECT_EQ(read("7").status(), 404);
    EXPECT_FALSE(sandbox_->journal().rows().back().facts.contains("rounded"));
}

TEST_F(DocumentsTest, have_a_state_that_nobody_knew) {
    std::size_t news = 0;
    for (std::uint64_t i = 0; i < Documents::count; ++i) {
        const auto answer = read(std::to_string(9'007'199'254'740'993 + 2 * i));
        news += sandbox_->journal().rows().back().facts.contains("new_value") ? 1 : 0;
    }
    EXPECT_EQ(news, 3);
}

}  // namespace
}  // namespace apilab::sandbox::api
