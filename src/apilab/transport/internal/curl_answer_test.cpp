#include "apilab/transport/internal/curl_answer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace apilab::transport::internal {
namespace {

using Lines = std::vector<std::string>;

Result<void> read(CurlAnswer& answer, const Lines& lines) {
    for (const auto& line : lines) {
        if (auto taken = answer.line(line + "\r\n"); !taken) {
            return taken;
        }
    }
    return {};
}

TEST(CurlAnswer, lines_become_status_headers_body_and_trailers) {
    CurlAnswer answer({}, {});
    ASSERT_TRUE(
        read(answer, {"HTTP/1.1 201 Well Made", "X-One: 1", "x-one:2 ", "folded: a", "\tb", ""}));
    ASSERT_NE(answer.head(), nullptr);
    ASSERT_TRUE(answer.body("abc"));
    ASSERT_TRUE(read(answer, {"x-late: yes", ""}));
    ASSERT_TRUE(answer.end());
    const auto response = answer.take();
    EXPECT_EQ(response.status(), 201);
    EXPECT_EQ(response.reason(), "Well Made");
    EXPECT_EQ(response.headers().get_all("x-one"), (std::vector<std::string_view>{"1", "2"}));
    EXPECT_EQ(response.headers().value("folded"), "a b");
    EXPECT_EQ(response.body(), "abc");
    EXPECT_FALSE(response.headers().contains("x-late"));
    EXPECT_EQ(response.trailers().value("x-late"), "yes");
}

TEST(CurlAnswer, control_characters_are_no_part_of_a_value_or_a_reason) {
    const std::string with_nul("a: b\0c", 6);
    for (const Lines& lines : {Lines{"HTTP/1.1 200 OK", "a: b\rc: d"},
                               Lines{"HTTP/1.1 200 OK", with_nul}, Lines{"HTTP/1.1 200 O\rK"}}) {
        CurlAnswer answer({}, {});
        auto taken = read(answer, lines);
        taken = taken ? read(answer, {""}) : taken;
        ASSERT_FALSE(taken) << lines.back();
        EXPECT_EQ(taken.error().kind(), ErrorKind::protocol);
        EXPECT_EQ(taken.error().outcome(), Outcome::unknown);
    }
}

TEST(CurlAnswer, a_trailer_without_an_empty_line_behind_it_counts_too) {
    CurlAnswer answer({}, {});
    ASSERT_TRUE(read(answer, {"HTTP/2 200 ", "", "x-late: yes"}));
    ASSERT_TRUE(answer.end());
    const auto response = answer.take();
    EXPECT_EQ(response.reason(), "");
    EXPECT_EQ(response.trailers().value("x-late"), "yes");
}

TEST(CurlAnswer, interim_answers_are_skipped_but_not_without_end) {
    CurlAnswer answer({}, {});
    ASSERT_TRUE(read(answer, {"HTTP/1.1 103 Early Hints", "link: <x>", ""}));
    EXPECT_EQ(answer.head(), nullptr);
    ASSERT_TRUE(read(answer, {"HTTP/1.1 200 OK", "a: b", ""}));
    EXPECT_FALSE(answer.head()->headers().contains("link"));

    CurlAnswer many({}, {});
    Result<void> last;
    for (int i = 0; i < 17 && last; ++i) {
        last = read(many, {"HTTP/1.1 100 Continue", ""});
        EXPECT_EQ(last.has_value(), i < 16) << i;
    }
    EXPECT_EQ(last.error().kind(), ErrorKind::protocol);
}

TEST(CurlAnswer, what_is_no_head_is_malformed) {
    const Lines heads[] = {
        {"no status line"},
        {"HTTP/1.1 abc"},
        {"HTTP/1.1 99 Low"},
        {"HTTP/1.1 101 Switching Protocols", ""},
        {"HTTP/1.1 200 OK", " folded: first", ""},
        {"HTTP/1.1 200 OK", "no colon", ""},
        {"HTTP/1.1 200 OK", "a space: x", ""},
        {"HTTP/1.1 200 OK", "content-length: 2x", ""},
        {"HTTP/1.1 200 OK", "content-length: 2", "content-length: 3", ""},
        {"HTTP/1.1 200 OK", "content-length: 2", "transfer-encoding: chunked", ""},
        {"HTTP/1.1 200 OK", "transfer-encoding: gzip, chunked", ""}};
    for (const auto& lines : heads) {
        CurlAnswer answer({}, {});
        const auto taken = read(answer, lines);
        ASSERT_FALSE(taken) << lines.front();
        EXPECT_EQ(taken.error().kind(), ErrorKind::protocol);
        EXPECT_EQ(taken.error().detail(), "malformed");
        EXPECT_EQ(taken.error().outcome(), Outcome::unknown);
    }
}

TEST(CurlAnswer, every_limit_has_its_own_name) {
    const ResponseLimits limits{
        .header_bytes_max = 300, .header_count_max = 3, .body_bytes_max = 4};
    struct Case {
        Lines lines;
        std::string_view detail;
    };
    const Case cases[] = {
        {{"HTTP/1.1 200 OK", "a: " + std::string(300, 'x'), ""}, "header"},
        {{"HTTP/1.1 200 OK", "a: 1", "a: 2", "a: 3", "a: 4", ""}, "header_count"},
        {{"HTTP/1.1 200 OK", "a: 1", "a: 2", "", "a: 3", "a: 4", ""}, "header_count"},
        {{"HTTP/1.1 200 OK", "", "a: " + std::string(300, 'x')}, "header"},
        {{"HTTP/1.1 200 OK", "content-length: 5", ""}, "body"},
    };
    for (const auto& [lines, detail] : cases) {
        CurlAnswer answer(limits, {});
        const auto taken = read(answer, lines);
        ASSERT_FALSE(taken) << detail;
        EXPECT_EQ(taken.error().kind(), ErrorKind::too_large);
        EXPECT_EQ(taken.error().detail(), detail);
    }
    CurlAnswer answer(limits, {});
    ASSERT_TRUE(read(answer, {"HTTP/1.1 200 OK", ""}));
    EXPECT_TRUE(answer.body("1234"));
    EXPECT_EQ(answer.body("5").error().detail(), "body");
    CurlAnswer to_head(limits, {.head = true});
    EXPECT_TRUE(read(to_head, {"HTTP/1.1 200 OK", "content-length: 5", ""}));
}

TEST(CurlAnswer, an_answer_without_the_end_of_its_head_is_cut_whatever_libcurl_says) {
    CurlAnswer answer({}, {});
    ASSERT_TRUE(read(answer, {"HTTP/1.1 200 OK", "content-length: 5"}));
    const auto ended = answer.end();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind(), ErrorKind::protocol);
    EXPECT_EQ(ended.error().detail(), "truncated");
}

}  // namespace
}  // namespace apilab::transport::internal
