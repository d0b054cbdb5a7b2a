// `apilab trace`, over stores that imports make.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

namespace fs = std::filesystem;

std::string entry(const std::string& method, const std::string& path, int status, int ms) {
    return R"({"startedDateTime":"2026-01-02T03:04:05Z","time":)" + std::to_string(ms) +
           R"(,"request":{"method":")" + method + R"(","url":"https://h.test)" + path +
           R"(","headers":[{"name":"Authorization","value":"Bearer s3cret-t0ken"}]},"response":)" +
           R"({"status":)" + std::to_string(status) +
           R"(,"headers":[],"content":{}},"timings":{}})";
}

class Trace : public testing::Test {
protected:
    void SetUp() override {
        const auto har = dir_.write("a.har", R"({"log":{"entries":[)" +
                                                 entry("GET", "/first?api_key=k3y", 200, 10) + "," +
                                                 entry("POST", "/second", 503, 3000) + "]}}");
        const auto imported = trace({"import", har});
        ASSERT_EQ(imported.code, 0) << imported.err;
        std::istringstream lines(imported.out);
        lines >> first_ >> second_;
    }
    [[nodiscard]] Variables variables() const {
        return {{"APILAB_TRACES", (dir_.path() / "state" / "traces.db").string()}};
    }
    [[nodiscard]] Finished trace(Words words) const {
        words.insert(words.begin(), "trace");
        return apilab(std::move(words), variables());
    }

    TempDir dir_;
    std::string first_;
    std::string second_;
};

TEST_F(Trace, list_shows_the_newest_first_and_takes_filters) {
    const auto all = trace({"list"});
    EXPECT_EQ(all.code, 0) << all.err;
    EXPECT_LT(all.out.find(second_), all.out.find(first_)) << all.out;
    for (const Words& filter :
         {Words{"--status", "5xx"}, Words{"--status", "503"}, Words{"--slower", "1s"},
          Words{"--failed"}, Words{"--method", "post"}, Words{"--text", "second"},
          Words{"--limit", "1"}}) {
        Words words{"list"};
        words.insert(words.end(), filter.begin(), filter.end());
        const auto some = trace(words);
        EXPECT_TRUE(some.out.contains(second_)) << filter.front() << some.err;
        EXPECT_FALSE(some.out.contains(first_)) << filter.front();
    }
    EXPECT_EQ(trace({"list", "--status", "6xx"}).code, 2);
    EXPECT_EQ(trace({"list", "--slower", "3"}).code, 2);
}

TEST_F(Trace, list_as_json_is_a_text_a_line_and_a_result_at_the_end) {
    const auto list = trace({"list", "--json"});
    std::istringstream lines(list.out);
    std::string line;
    std::string last;
    int calls = 0;
    while (std::getline(lines, line)) {
        calls += line.starts_with(R"({"type":"call","id":"t-)") ? 1 : 0;
        last = line;
    }
    EXPECT_EQ(calls, 2) << list.out;
    EXPECT_EQ(last, R"({"type":"result","calls":2})");
}

TEST_F(Trace, a_call_is_named_by_its_id_its_beginning_or_last) {
    const auto by_id = trace({"show", second_, "--json"});
    EXPECT_EQ(by_id.code, 0) << by_id.err;
    EXPECT_TRUE(by_id.out.contains(R"("url_template":"/second")")) << by_id.out;
    EXPECT_EQ(trace({"show", "last", "--json"}).out, by_id.out);
    EXPECT_EQ(trace({"show", second_.substr(0, 5), "--json"}).out, by_id.out);
    EXPECT_EQ(trace({"show", "t-"}).code, 2);
    EXPECT_TRUE(trace({"show", "t-"}).err.contains("several calls begin so"));
}

TEST_F(Trace, an_id_that_is_not_there_names_the_nearest) {
    auto wrong = first_;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    const auto refused = trace({"why", wrong});
    EXPECT_EQ(refused.code, 2);
    EXPECT_TRUE(refused.err.contains("did you mean " + first_)) << refused.err;
}

TEST_F(Trace, show_and_why_tell_of_the_call) {
    EXPECT_TRUE(trace({"show", "last"}).out.contains("503"));
    EXPECT_EQ(trace({"why", "last"}).code, 0);
}

TEST_F(Trace, export_writes_each_form_without_credentials) {
    const auto path = [&](const char* name) { return (dir_.path() / name).string(); };
    const auto curl = trace({"export", first_, second_, "--curl"});
    EXPECT_TRUE(curl.out.contains("\"Authorization: $AUTHORIZATION\"")) << curl.out << curl.err;
    const auto written = trace({"export", "last", "--har", path("o.har"), "--html", path("o.html"),
                                "--svg", path("o.svg")});
    EXPECT_EQ(written.code, 0) << written.err;
    EXPECT_EQ(fs::status(path("o.har")).permissions() & fs::perms::all,
              fs::perms::owner_read | fs::perms::owner_write);
    for (const char* name : {"o.har", "o.html", "o.svg", "state/traces.db"}) {
        const auto text = read_text(path(name));
        EXPECT_FALSE(text.empty()) << name;
        EXPECT_FALSE(text.contains("s3cret-t0ken") || text.contains("k3y")) << name;
    }
    EXPECT_EQ(trace({"import", path("o.har")}).code, 0);
    EXPECT_EQ(trace({"export", "last"}).code, 2);
    EXPECT_EQ(trace({"export", first_, second_, "--svg", path("x.svg")}).code, 2);
}

TEST_F(Trace, follow_ends_at_once_when_it_is_interrupted) {
    Program program({apilab_path(), "trace", "list", "--follow"}, variables());
    EXPECT_FALSE(program.ended(std::chrono::milliseconds(600)));
    program.signal(SIGINT);
    const auto finished = program.wait();
    EXPECT_EQ(finished.code, 130) << finished.err;
    EXPECT_LT(finished.out.find(first_), finished.out.find(second_)) << finished.out;
}

TEST_F(Trace, looking_makes_no_file) {
    const TempDir empty;
    const Variables nothing{{"APILAB_TRACES", (empty.path() / "traces.db").string()}};
    EXPECT_EQ(apilab({"trace", "list"}, nothing).code, 0);
    EXPECT_EQ(apilab({"trace", "show", "last"}, nothing).code, 2);
    EXPECT_FALSE(fs::exists(empty.path() / "traces.db"));
}

TEST_F(Trace, a_file_that_is_no_har_is_refused) {
    const auto file = dir_.write("b.har", R"({"lag":{}})");
    const auto refused = trace({"import", file});
    EXPECT_NE(refused.code, 0);
    EXPECT_TRUE(refused.err.contains("/log")) << refused.err;
}

}  // namespace
}  // namespace apilab::cli_test
