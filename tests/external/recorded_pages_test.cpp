// Pages as they were recorded from GitHub, Notion, Slack, OSV and Stripe, walked to the end.
//
// Out of scope: Notion's test_file_uploads_list_with_pagination (its second page was not recorded),
// and Stripe's two lists whose url is the word "url".

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "apilab/data/pages.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/testing/matchers.hpp"
#include "external_data.hpp"

namespace apilab::data {
namespace {

using apilab::testing::IsOk;
using external::data_root;
using external::json_of;
using http::Json;
using http::Request;
using http::Response;
using http::Url;

// Answers what was recorded, whatever the order of the parameters.
class Recorded final : public runtime::Service {
public:
    void add(std::string_view method, const Url& url, std::string_view body, Response response) {
        answers_[key(method, url, body)] = std::move(response);
    }
    runtime::Task<Result<Response>> call(Request request,
                                         runtime::CallContext /*context*/) override {
        ++asked;
        const auto found = answers_.find(key(request.method(), request.url(), request.body()));
        if (found == answers_.end()) {
            co_return fail(ErrorKind::internal,
                           "not recorded: " + request.url().to_string() + " " + request.body());
        }
        co_return found->second;
    }
    void forget() { answers_.clear(); }
    int asked = 0;

private:
    static std::string key(std::string_view method, const Url& url, std::string_view body) {
        std::vector<std::string> fields;
        std::string_view query = url.query();
        while (!query.empty()) {
            const auto end = std::min(query.find('&'), query.size());
            fields.emplace_back(query.substr(0, end));
            query.remove_prefix(std::min(end + 1, query.size()));
        }
        std::ranges::sort(fields);
        std::string text = fmt::format("{} {}", method, url.without_query());
        for (const auto& field : fields) {
            text += " " + field;
        }
        return text + " " + std::string(body);
    }
    std::map<std::string, Response> answers_;
};

struct Walk {
    std::vector<std::string> items;
    WalkSummary summary;
    std::string error;
};

runtime::Task<Walk> walked(Pages<std::string> pages) {
    Walk walk;
    while (auto item = co_await pages.next()) {
        if (*item) {
            walk.items.push_back(**item);
        } else {
            walk.error = item->error().to_string();
        }
    }
    walk.summary = pages.summary();
    co_return walk;
}

Walk walk(Recorded& recorded, const Request& first, const PageRules& rules,
          std::size_t prefetch = 0) {
    runtime::VirtualScheduler scheduler;
    PageOptions options{.key = {}, .prefetch = prefetch, .scheduler = &scheduler};
    auto pages = Pages<std::string>::create(recorded, first, rules, item_text, options);
    EXPECT_THAT(pages, IsOk());
    auto walk = runtime::run(scheduler, walked(*std::move(pages)));
    EXPECT_EQ(walk.error, "");
    EXPECT_EQ(walk.summary.end, WalkEnd::complete) << walk.summary.describe();
    return walk;
}

Url url_of(std::string_view text) {
    auto url = Url::parse(text);
    EXPECT_THAT(url, IsOk()) << text;
    return *std::move(url);
}

TEST(RecordedPages, github_issues_and_search) {
    for (const auto& [name, rules, items] :
         {std::tuple("paginate-issues", page_rules::github(), 13U),
          std::tuple("search-issues", page_rules::github_search(), 2U)}) {
        const auto folder = std::filesystem::path("github/fixtures") / name;
        APILAB_SKIP_WITHOUT(external::files_in(folder));
        const auto document = json_of(data_root() / folder / "normalized-fixture.json");
        Recorded recorded;
        std::optional<Request> first;
        for (const auto& one : document.root().elements()) {
            Response response(static_cast<int>(one["status"].integer().value_or(0)),
                              one["response"].to_text());
            for (const auto& [header, value] : one["headers"].members()) {
                response.headers().add(std::string(header), std::string(value.string_or("")));
            }
            const auto url =
                url_of("https://api.github.com" + std::string(one["path"].string_or("")));
            recorded.add("GET", url, "", response);
            first = first ? first : Request::get(url);
        }
        for (const std::size_t prefetch : {0, 4}) {
            recorded.asked = 0;
            const auto list = walk(recorded, *first, rules, prefetch);
            EXPECT_EQ(list.items.size(), items) << name;
            EXPECT_EQ(recorded.asked, static_cast<int>(document.root().size()));
        }
    }
}

TEST(RecordedPages, notion_lists) {
    const auto files = external::files_in("notion/cassettes");
    APILAB_SKIP_WITHOUT(files);
    int lists = 0;
    for (const auto& file : files) {
        if (file.filename() == "test_file_uploads_list_with_pagination.json") {
            continue;
        }
        const auto document = json_of(file);
        Recorded recorded;
        std::optional<Request> first;
        std::size_t items = 0;
        for (const auto& one : document.root().elements()) {
            const auto method = one["method"].string_or("");
            const auto body = one["response_body"];
            if (!body["results"].is_array() || !body["has_more"].boolean() || method == "PATCH") {
                continue;
            }
            const auto url = url_of(one["url"].string_or(""));
            const auto sent = one["request_body"].is_object() ? one["request_body"].to_text() : "";
            recorded.add(method, url, sent, Response(200, body.to_text()));
            if (!first || !url.query().contains("start_cursor")) {
                first = Request(std::string(method), url).body(sent);
                items = 0;
            }
            items += body["results"].size();
            if (body["has_more"].boolean() == false) {
                const auto list = walk(recorded, *first, page_rules::notion());
                EXPECT_EQ(list.items.size(), items) << file;
                ++lists;
                recorded.forget();
                first.reset();
            }
        }
    }
    EXPECT_GE(lists, 6);
}

TEST(RecordedPages, slack_lists) {
    struct Case {
        std::string method;
        std::string file;
        PageRules rules;
        std::size_t items;
        int pages;
    };
    const Case cases[] = {
        {"conversations.list", "conversations_list_pagination", page_rules::slack("/channels"), 3,
         3},
        {"conversations.list", "conversations_list_pagination2", page_rules::slack("/channels"), 2,
         2},
        {"users.list", "users_list_pagination", page_rules::slack("/members"), 4, 2},
        {"admin.conversations.search", "admin_convo_pagination",
         page_rules::slack_admin("/conversations"), 1, 2},
    };
    const auto folder = data_root() / "slack/sdk-fixtures";
    APILAB_SKIP_WITHOUT(external::files_in("slack/sdk-fixtures"));
    for (const auto& one : cases) {
        Recorded recorded;
        const auto url = url_of("https://slack.com/api/" + one.method);
        // The SDK's stand-in names a page by its cursor, which is a number once.
        for (std::string cursor;
             std::filesystem::exists(folder / fmt::format("web_response_{}{}{}.json", one.file,
                                                          cursor.empty() ? "" : "_", cursor));) {
            const auto document = json_of(folder / fmt::format("web_response_{}{}{}.json", one.file,
                                                               cursor.empty() ? "" : "_", cursor));
            recorded.add("GET", cursor.empty() ? url : url.with("", "cursor=" + cursor), "",
                         Response(200, document.root().to_text()));
            const auto next = document.root().at_pointer(one.rules.next);
            const auto number = next.integer();
            cursor = number ? std::to_string(*number) : std::string(next.string_or(""));
            if (cursor.empty()) {
                break;
            }
        }
        const auto list = walk(recorded, Request::get(url), one.rules);
        EXPECT_EQ(list.items.size(), one.items) << one.file;
        EXPECT_EQ(recorded.asked, one.pages) << one.file;
    }
}

runtime::Task<Result<std::vector<std::vector<std::string>>>> by_query(Pages<std::string> pages,
                                                                      std::size_t queries) {
    co_return co_await collect_by_query(std::move(pages), queries);
}

TEST(RecordedPages, osv_batches) {
    auto files = external::files_in("osv");
    std::erase_if(files, [](const auto& file) {
        return !file.filename().string().starts_with("querybatch-recorded");
    });
    APILAB_SKIP_WITHOUT(files);
    int batches = 0;
    for (const auto& file : files) {
        const auto document = json_of(file);
        for (const auto& one : document.root().elements()) {
            const auto first =
                Request::post(url_of(one["url"].string_or("")), one["request_body"].to_text());
            Recorded recorded;
            recorded.add("POST", first.url(), first.body(),
                         Response(200, one["response_body"].to_text()));
            auto pages =
                Pages<std::string>::create(recorded, first, page_rules::osv_batch(), item_text);
            ASSERT_THAT(pages, IsOk());
            runtime::VirtualScheduler scheduler;
            const auto results = one["response_body"]["results"];
            const auto merged =
                runtime::run(scheduler, by_query(*std::move(pages), results.size()));
            ASSERT_THAT(merged, IsOk());
            std::size_t at = 0;
            for (const auto& result : results.elements()) {
                EXPECT_EQ(merged->at(at++).size(), result["vulns"].size());
            }
            ++batches;
        }
    }
    EXPECT_GE(batches, 10);
}

TEST(RecordedPages, stripe_lists_and_the_request_behind_one_that_goes_on) {
    APILAB_SKIP_WITHOUT(external::files_in("stripe"));
    const auto document = json_of(data_root() / "stripe/fixtures3.json");
    int lists = 0;
    for (const auto& resource : document.root()["resources"].members()) {
        for (const auto& [name, list] : resource.value.members()) {
            const auto path = list["url"].string_or("");
            if (list["object"].string_or("") != "list" || !path.starts_with('/')) {
                continue;
            }
            const auto first = Request::get(url_of("https://api.stripe.com" + std::string(path)));
            Recorded recorded;
            recorded.add("GET", first.url(), "", Response(200, list.to_text()));
            EXPECT_EQ(walk(recorded, first, page_rules::stripe()).items.size(),
                      list["data"].size());
            ++lists;
            if (list["data"].size() == 0) {
                continue;
            }
            // The same list in two answers.
            auto text = list.to_text();
            text.replace(text.find("\"has_more\":false"), 16, "\"has_more\":true");
            Json last;
            for (const auto& item : list["data"].elements()) {
                last = item;
            }
            recorded.add("GET", first.url(), "", Response(200, text));
            const auto query = first.url().query();
            recorded.add(
                "GET",
                first.url().with("", query + (query.empty() ? "" : "&") +
                                         "starting_after=" + std::string(last["id"].string_or(""))),
                "", Response(200, R"({"object":"list","data":[{"id":"x"}],"has_more":false})"));
            EXPECT_EQ(walk(recorded, first, page_rules::stripe()).items.size(),
                      list["data"].size() + 1);
        }
    }
    EXPECT_GE(lists, 10);
}

}  // namespace
}  // namespace apilab::data
