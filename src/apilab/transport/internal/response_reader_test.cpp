#include "apilab/transport/internal/response_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apilab::transport::internal {
namespace {

struct Read {
    Result<void> fed;
    bool done = false;
    bool keep_alive = false;
    http::Response response;
};

// Feeds pieces of `step` bytes, then the end where asked.
Read read(std::string_view bytes, std::size_t step = std::string::npos, bool end = false,
          ResponseLimits limits = {}, bool to_head = false) {
    ResponseReader reader(limits, {.head = to_head});
    Read result;
    while (!bytes.empty() && result.fed && !reader.done()) {
        result.fed = reader.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
    if (end && result.fed && !reader.done()) {
        result.fed = reader.feed_end();
    }
    result.done = reader.done();
    result.keep_alive = reader.keep_alive();
    if (result.done) {
        result.response = reader.take();
    }
    return result;
}

struct Good {
    const char* what;
    std::string bytes;
    std::string body;
    bool keep_alive = true;
    int status = 200;
    bool needs_end = false;
};

const std::string ok = "HTTP/1.1 200 OK\r\n";

const Good good[] = {
    {"fixed", ok + "Content-Length: 5\r\n\r\nhello", "hello"},
    {"fixed, empty", ok + "content-length: 0\r\n\r\n", ""},
    {"chunked", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n",
     "hello!"},
    {"chunked with trailers",
     ok + "Transfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", "hi"},
    {"until close", ok + "\r\nthe rest", "the rest", false, 200, true},
    {"until close, empty", ok + "\r\n", "", false, 200, true},
    {"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", true, 204},
    {"304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", true, 304},
    {"interim answers",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok +
         "Content-Length: 2\r\n\r\nok",
     "ok"},
    {"close", ok + "Connection: close\r\nContent-Length: 2\r\n\r\nok", "ok", false},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false},
    {"HTTP/1.0 keep-alive",
     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", "ok"},
    {"HTTP/1.0 chunked",
     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "",
     false},
    {"the same length twice", ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", "ok"},
    {"no reason phrase", "HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n", "", true, 503},
    {"a status nobody knows", "HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", "", true, 799},
};

TEST(ResponseReader, every_framing_is_read_whatever_the_pieces) {
    for (const auto& row : good) {
        for (const std::size_t step :
             {std::string::npos, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
            const Read result = read(row.bytes, step, row.needs_end);
            ASSERT_TRUE(result.fed) << row.what << ": " << result.fed.error().to_string();
            ASSERT_TRUE(result.done) << row.what << " in steps of " << step;
            EXPECT_EQ(result.response.body(), row.body) << row.what;
            EXPECT_EQ(result.response.status(), row.status) << row.what;
            EXPECT_EQ(result.keep_alive, row.keep_alive) << row.what;
        }
    }
}

TEST(ResponseReader, no_prefix_of_a_framed_answer_passes_for_the_whole) {
    for (const auto& row : good) {
        if (row.needs_end) {
            continue;
        }
        for (std::size_t length = 0; length < row.bytes.size(); ++length) {
            const Read result = read(row.bytes.substr(0, length), std::string::npos, true);
            EXPECT_FALSE(result.done) << row.what << " cut to " << length;
            ASSERT_FALSE(result.fed) << row.what << " cut to " << length;
            EXPECT_EQ(result.fed.error().kind(), ErrorKind::protocol);
            EXPECT_EQ(result.fed.error().detail(), "truncated");
            EXPECT_EQ(result.fed.error().outcome(), Outcome::unknown);
        }
    }
}

TEST(ResponseReader, fields_keep_order_spelling_and_repetition_and_interim_ones_are_dropped) {
    const Read result =
        read("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok +
             "B: 1\r\nSet-Cookie: a\r\nset-cookie:  b \r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(result.done);
    EXPECT_EQ(result.response.reason(), "OK");
    EXPECT_EQ(result.response.headers(),
              (http::Headers{
                  {"B", "1"}, {"Set-Cookie", "a"}, {"set-cookie", "b"}, {"Content-Length", "0"}}));
}

TEST(ResponseReader, an_answer_to_head_has_no_body_whatever_it_announces) {
    const Read result = read(ok + "Content-Length: 500\r\n\r\n", 1, false, {}, true);
    ASSERT_TRUE(result.done);
    EXPECT_TRUE(result.keep_alive);
    EXPECT_EQ(result.response.body(), "");
}

TEST(ResponseReader, stray_bytes_after_an_answer_spoil_the_connection) {
    const Read result = read(ok + "Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n");
    ASSERT_TRUE(result.done);
    EXPECT_EQ(result.response.body(), "ok");
    EXPECT_FALSE(result.keep_alive);
}

struct Bad {
    const char* what;
    std::string bytes;
};

TEST(ResponseReader, what_is_no_http_answer_is_refused_in_any_pieces) {
    const Bad rows[] = {
        {"not HTTP", "SSH-2.0-OpenSSH_9.2p1\r\n\r\n"},
        {"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"},
        {"HTTP/0.9", "HTTP/0.9 200 OK\r\n\r\n"},
        {"status of two digits", "HTTP/1.1 20 OK\r\n\r\n"},
        {"status below 100", "HTTP/1.1 099 OK\r\n\r\n"},
        {"a letter in the status", "HTTP/1.1 2O0 OK\r\n\r\n"},
        {"blank line first", "\r\nHTTP/1.1 200 OK\r\n\r\n"},
        {"space before the colon", ok + "Content-Length : 2\r\n\r\nok"},
        {"no name", ok + ": x\r\n\r\n"},
        {"no colon", ok + "nonsense\r\n\r\n"},
        {"NUL in a value", ok + std::string("X: a\0b\r\n\r\n", 10)},
        {"negative length", ok + "Content-Length: -1\r\n\r\n"},
        {"length with a sign", ok + "Content-Length: +1\r\n\r\na"},
        {"length that overflows", ok + "Content-Length: 18446744073709551616\r\n\r\n"},
        {"empty length", ok + "Content-Length:\r\n\r\n"},
        {"differing lengths", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"},
        {"differing lengths in one field", ok + "Content-Length: 2, 3\r\n\r\nabc"},
        {"length, then coding",
         ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"coding, then length",
         ok + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"},
        {"chunked twice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"a coding nobody asked for", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
        {"chunked is not last", ok + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"},
        {"chunk size is no number", ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n"},
        {"chunk size overflows",
         ok + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n"},
        {"chunk without its end", ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nokXX0\r\n\r\n"},
        {"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"},
    };
    for (const auto& row : rows) {
        for (const std::size_t step : {std::string::npos, std::size_t{1}}) {
            const Read result = read(row.bytes, step);
            ASSERT_FALSE(result.fed) << row.what;
            EXPECT_EQ(result.fed.error().kind(), ErrorKind::protocol) << row.what;
            EXPECT_EQ(result.fed.error().detail(), "malformed") << row.what;
            EXPECT_EQ(result.fed.error().outcome(), Outcome::unknown) << row.what;
        }
    }
}

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

TEST(ResponseReader, each_limit_ends_in_too_large_whatever_the_pieces) {
    const ResponseLimits limits{
        .header_bytes_max = 200, .header_count_max = 10, .body_bytes_max = 20};
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    struct Row {
        const char* what;
        std::string bytes;
        std::string detail;
    };
    const Row rows[] = {
        {"one long field", ok + "X: " + std::string(300, 'x'), "header"},
        {"a status line without end", "HTTP/1.1 200 " + std::string(300, 'x'), "header"},
        {"fields for ever", ok + repeated("X: " + std::string(40, 'y') + "\r\n", 9), "header"},
        {"two parts, each below the limit",
         ok + repeated("X: " + std::string(40, 'y') + "\r\n", 6) + "Content-Length: 0\r\n\r\n",
         "header"},
        {"many fields", ok + repeated("X: y\r\n", 11) + "\r\n", "header_count"},
        {"announced body", ok + "Content-Length: 21\r\n\r\n", "body"},
        {"chunks", chunked + "b\r\n01234567890\r\nb\r\n01234567890\r\n", "body"},
        {"body until close", ok + "\r\n" + std::string(21, 'x'), "body"},
        {"chunk extension", chunked + "1;" + std::string(300, 'x'), "header"},
        {"whole chunk extension", chunked + "1;" + std::string(300, 'x') + "\r\na\r\n", "header"},
        {"trailers", chunked + "0\r\nX: " + std::string(300, 'x'), "header"},
        {"trailer count", chunked + "0\r\n" + repeated("X: y\r\n", 11) + "\r\n", "header_count"},
    };
    for (const auto& row : rows) {
        for (const std::size_t step :
             {std::string::npos, std::size_t{1}, std::size_t{46}, std::size_t{190}}) {
            const Read result = read(row.bytes, step, false, limits);
            ASSERT_FALSE(result.fed) << row.what << " in steps of " << step;
            EXPECT_EQ(result.fed.error().kind(), ErrorKind::too_large) << row.what;
            EXPECT_EQ(result.fed.error().detail(), row.detail) << row.what << " " << step;
        }
    }
}

TEST(ResponseReader, a_body_of_exactly_the_limit_passes) {
    const ResponseLimits limits{.body_bytes_max = 20};
    const Read result =
        read(ok + "Content-Length: 20\r\n\r\n" + std::string(20, 'x'), 1, false, limits);
    EXPECT_TRUE(result.done);
}

TEST(ResponseReader, interim_answers_without_end_are_refused) {
    const Read result = read(repeated("HTTP/1.1 100 Continue\r\n\r\n", 17));
    ASSERT_FALSE(result.fed);
    EXPECT_EQ(result.fed.error().kind(), ErrorKind::protocol);
}

TEST(ResponseReader, a_connection_that_ends_before_the_status_line_is_truncated) {
    ResponseReader reader({}, {});
    EXPECT_FALSE(reader.begun());
    ASSERT_TRUE(reader.feed("HTTP"));
    EXPECT_TRUE(reader.begun());
    EXPECT_FALSE(reader.feed_end());
}

}  // namespace
}  // namespace apilab::transport::internal
