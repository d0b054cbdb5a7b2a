#include "apilab/server/internal/request_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apilab::server::internal {
namespace {

using State = RequestReader::State;
using ::testing::HasSubstr;

RequestReader make_reader(ReaderLimits limits = {}) {
    return {limits, "http", "127.0.0.1:80"};
}

// `GET http://h/ [a: 1] [body]` for each request, then how it ended; fed in pieces of `step`.
std::string read_all(std::string_view bytes, std::size_t step, ReaderLimits limits = {}) {
    RequestReader reader = make_reader(limits);
    std::string story;
    while (true) {
        while (reader.state() == State::complete) {
            const bool keep = reader.keep_alive();
            const http::Request request = reader.take();
            story += request.method() + " " + request.url().to_string();
            for (const auto& [name, value] : request.headers()) {
                story.append(" [").append(name).append(": ").append(value).append("]");
            }
            story += " (" + request.body() + ")" + (keep ? "" : " close") + "\n";
            reader.next();
        }
        if (reader.state() == State::refused || bytes.empty()) {
            break;
        }
        reader.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
    }
    switch (reader.state()) {
        case State::idle:
            return story + "idle";
        case State::head:
            return story + "head";
        case State::body:
            return story + "body";
        case State::complete:
            return story + "complete";
        case State::refused:
            return story + "refused " + std::to_string(reader.refusal().status);
    }
    return story;
}

struct Row {
    std::string_view bytes;
    std::string_view story;
};

constexpr Row table[] = {
    {"", "idle"},
    {"\r\n\r\n", "idle"},
    {"G", "head"},
    {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://h/ [Host: h] ()\nidle"},
    {"\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://h/ [Host: h] ()\nidle"},
    {"GET / HTTP/1.1\r\nhOST:h:8080 \r\n\r\n", "GET http://h:8080/ [hOST: h:8080] ()\nidle"},
    {"GET /?a=%20b HTTP/1.1\r\nHost: [::1]:81\r\n\r\n",
     "GET http://[::1]:81/?a=%20b [Host: [::1]:81] ()\nidle"},
    {"PROPFIND / HTTP/1.1\r\nHost: h\r\n\r\n", "PROPFIND http://h/ [Host: h] ()\nidle"},
    {"GET / HTTP/1.0\r\n\r\n", "GET http://127.0.0.1/ () close\nidle"},
    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
     "GET http://127.0.0.1/ [Connection: Keep-Alive] ()\nidle"},
    {"GET / HTTP/1.1\r\nHost: h\r\nConnection: x, close\r\n\r\n",
     "GET http://h/ [Host: h] [Connection: x, close] () close\nidle"},
    {"GET http://other/p?q HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://other/p?q [Host: h] ()\nidle"},
    {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS http://h/ [Host: h] ()\nidle"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
     "POST http://h/ [Host: h] [Content-Length: 3] (abc)\nidle"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab", "body"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
     "POST http://h/ [Host: h] [Content-Length: 0] ()\nidle"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc",
     "POST http://h/ [Host: h] [Content-Length: 3, 3] (abc)\nidle"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
     "1\r\na\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
     "POST http://h/ [Host: h] [Transfer-Encoding: Chunked] (a0123456789)\nidle"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\nHost: evil\r\nx: y\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
     "POST http://h/ [Host: h] [Transfer-Encoding: chunked] ()\n"
     "GET http://h/2 [Host: h] ()\nidle"},
    {"GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\nGET",
     "GET http://h/1 [Host: h] ()\nGET http://h/2 [Host: h] ()\nhead"},
    {"GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\r\n",
     "GET http://h/ [Host: h] [Expect: 100-Continue] ()\nidle"},

    {"GET / HTTP/1.1\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: a?b\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: u:p@h\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h:0\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h:99999\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h:65616\r\n\r\n", "refused 400"},
    {"GET http://other/ HTTP/1.1\r\nHost: a/b\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "refused 400"},
    {"GET http://[::1]x/ HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET / HTTP/0.9\r\n\r\n", "refused 400"},
    {"GET /\r\n\r\n", "refused 400"},
    {"G@T / HTTP/1.1\r\nHost: h\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\n: h\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h\r\nx: a\x01\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h\r\nx: 1\r\n y: 2\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h\r\nx: 1\r\n\ty: 2\r\n\r\n", "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h\r\nx: 1\r\n \r\n\r\n", "refused 400"},
    // Request smuggling: whatever two readers could understand differently.
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
     "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 4\r\n\r\nabcd", "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
     "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n", "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551616\r\n\r\n", "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "refused 501"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "refused 501"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", "refused 501"},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
     "refused 400"},
    {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
     "fffffffffffffffff\r\n",
     "refused 400"},
    {"GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n", "refused 417"},
    {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n", "refused 413"},
};

TEST(RequestReader, reads_what_the_rfc_allows_and_refuses_the_rest) {
    for (const auto& [bytes, story] : table) {
        EXPECT_EQ(read_all(bytes, bytes.size() + 1), story) << bytes;
    }
}

TEST(RequestReader, understands_the_same_however_the_bytes_are_cut) {
    for (const auto& [bytes, story] : table) {
        for (const std::size_t step : {1, 2, 3, 7, 20}) {
            EXPECT_EQ(read_all(bytes, step), story) << step << " bytes at a time: " << bytes;
        }
    }
}

TEST(RequestReader, bounds_the_head_also_when_it_comes_line_by_line) {
    const ReaderLimits limits{.header_bytes_max = 1000, .header_count_max = 10000};
    std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n";
    while (bytes.size() < 995) {
        bytes += "a: b\r\n";
    }
    for (const std::size_t step : {1, 6, 100, 5000}) {
        EXPECT_EQ(read_all(bytes + "a: b\r\n\r\n", step, limits), "refused 431") << step;
    }
    EXPECT_EQ(read_all("GET /" + std::string(1000, 'x'), 10, limits), "refused 431");
    std::string empty_lines;
    while (empty_lines.size() < 2000) {
        empty_lines += "\r\n";
    }
    EXPECT_EQ(read_all(empty_lines, 10, limits), "refused 431");
}

TEST(RequestReader, refuses_a_target_longer_than_any_url) {
    const auto with_path = [](std::size_t size) {
        return "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n";
    };
    EXPECT_THAT(read_all(with_path(32000), 5000), HasSubstr("idle"));
    EXPECT_EQ(read_all(with_path(32001), 5000), "refused 414");
}

TEST(RequestReader, takes_a_head_of_exactly_the_limit) {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    const std::string story = "GET http://h/ [Host: h] ()\nidle";
    EXPECT_EQ(read_all(bytes, 100, {.header_bytes_max = bytes.size()}), story);
    EXPECT_EQ(read_all(bytes, 1, {.header_bytes_max = bytes.size()}), story);
    EXPECT_EQ(read_all(bytes, 100, {.header_bytes_max = bytes.size() - 1}), "refused 431");
    EXPECT_EQ(read_all(bytes, 1, {.header_bytes_max = bytes.size() - 1}), "refused 431");
}

TEST(RequestReader, bounds_the_number_of_fields_and_of_trailers) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n";
    EXPECT_EQ(read_all(head + "a: 1\r\n\r\n", 100, {.header_count_max = 3}), "body");
    EXPECT_EQ(read_all(head + "a: 1\r\nb: 2\r\n\r\n", 100, {.header_count_max = 3}), "refused 431");
    EXPECT_EQ(read_all(head + "\r\n0\r\na: 1\r\nb: 2\r\n\r\n", 100, {.header_count_max = 3}),
              "refused 431");
}

TEST(RequestReader, bounds_the_body_with_and_without_announcement) {
    const ReaderLimits limits{.body_bytes_max = 4};
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
    for (const std::size_t step : {1, 100}) {
        EXPECT_THAT(read_all(head + "Content-Length: 4\r\n\r\nabcd", step, limits),
                    HasSubstr("(abcd)"));
        EXPECT_EQ(read_all(head + "Content-Length: 5\r\n\r\n", step, limits), "refused 413");
        EXPECT_THAT(read_all(head + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n"
                                    "0\r\n\r\n",
                             step, limits),
                    HasSubstr("(abcd)"));
        EXPECT_EQ(read_all(head + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n", step,
                           limits),
                  "refused 413");
    }
}

TEST(RequestReader, bounds_what_surrounds_the_chunks) {
    const ReaderLimits limits{.header_bytes_max = 300, .body_bytes_max = 1000};
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string extension = "1;" + std::string(250, 'x') + "\r\na\r\n";
    std::string body;
    for (int i = 0; i < 40; ++i) {
        body += extension;
    }
    EXPECT_EQ(read_all(head + body, 100, limits), "refused 413");
    EXPECT_EQ(read_all(head + "1;" + std::string(400, 'x'), 10, limits), "refused 413");
    EXPECT_EQ(read_all(head + "0\r\na: " + std::string(400, 'x'), 10, limits), "refused 413");
}

TEST(RequestReader, bounds_what_surrounds_the_chunks_by_what_has_come) {
    const ReaderLimits limits{.header_bytes_max = 1000};  // and a body of 16 MiB
    std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 10; ++i) {
        bytes += "1;" + std::string(200, 'x') + "\r\na\r\n";
    }
    for (const std::size_t step : {1, 100, 5000}) {
        EXPECT_EQ(read_all(bytes, step, limits), "refused 413") << step;
    }
}

TEST(RequestReader, bounds_trailers_that_come_in_one_piece) {
    const ReaderLimits limits{.header_bytes_max = 300};
    const std::string bytes =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\na: " +
        std::string(400, 'x') + "\r\n\r\n";
    for (const std::size_t step : {1, 64, 5000}) {
        EXPECT_EQ(read_all(bytes, step, limits), "refused 413") << step;
    }
}

// Found by fuzzing: what stood behind a chunk header was counted as part of it.
TEST(RequestReader, takes_many_chunks_and_what_follows_them_in_one_piece) {
    const ReaderLimits limits{.header_bytes_max = 300};
    std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 100; ++i) {
        bytes += "5\r\nabcde\r\n";
    }
    bytes += "0\r\n\r\n";
    for (int i = 0; i < 100; ++i) {
        bytes += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    }
    const std::string whole = read_all(bytes, bytes.size(), limits);
    EXPECT_THAT(whole, HasSubstr("abcde)\nGET http://h/"));
    EXPECT_THAT(whole, ::testing::EndsWith("\nidle"));
    EXPECT_EQ(read_all(bytes, 1, limits), whole);
    EXPECT_EQ(read_all(bytes, 64, limits), whole);
}

TEST(RequestReader, asks_for_the_body_once_and_only_where_it_is_awaited) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n";
    RequestReader waiting = make_reader();
    waiting.feed(head + "Content-Length: 2\r\n");
    EXPECT_FALSE(waiting.take_continue());
    waiting.feed("\r\n");
    EXPECT_TRUE(waiting.take_continue());
    EXPECT_FALSE(waiting.take_continue());

    RequestReader sent = make_reader();
    sent.feed(head + "Content-Length: 2\r\n\r\na");
    EXPECT_FALSE(sent.take_continue());

    RequestReader no_body = make_reader();
    no_body.feed(head + "\r\n");
    EXPECT_EQ(no_body.state(), State::complete);
    EXPECT_FALSE(no_body.take_continue());

    RequestReader old = make_reader();
    old.feed("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_FALSE(old.take_continue());
}

TEST(RequestReader, uses_the_scheme_of_its_connection) {
    RequestReader reader({}, "https", "127.0.0.1:4012");
    reader.feed("GET /x HTTP/1.0\r\n\r\n");
    ASSERT_EQ(reader.state(), State::complete);
    EXPECT_TRUE(reader.http10());
    EXPECT_EQ(reader.take().url().to_string(), "https://127.0.0.1:4012/x");
}

}  // namespace
}  // namespace apilab::server::internal
