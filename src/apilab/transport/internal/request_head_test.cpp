#include "apilab/transport/internal/request_head.hpp"

#include <gtest/gtest.h>

namespace apilab::transport::internal {
namespace {

using http::Request;
using http::Url;

Url url(std::string_view text = "http://api.test:8080/a%20b?q=1") {
    return *Url::parse(text);
}

std::string written(Request request, const runtime::CallContext& context = {}) {
    std::string out;
    write_head(prepare(std::move(request), context, {.user_agent = "me/1"}).value().request,
               TargetForm::origin, out);
    return out;
}

TEST(RequestHead, a_get_has_host_and_user_agent_and_no_length) {
    EXPECT_EQ(written(Request::get(url())),
              "GET /a%20b?q=1 HTTP/1.1\r\nhost: api.test:8080\r\nuser-agent: me/1\r\n\r\n");
}

TEST(RequestHead, default_ports_are_left_out_and_ipv6_has_brackets) {
    EXPECT_NE(written(Request::get(url("https://api.test/"))).find("host: api.test\r\n"),
              std::string::npos);
    EXPECT_NE(written(Request::get(url("http://[::1]:81/"))).find("host: [::1]:81\r\n"),
              std::string::npos);
}

TEST(RequestHead, a_body_has_its_length_and_a_post_without_one_says_zero) {
    EXPECT_NE(written(Request::post(url(), "abc")).find("content-length: 3\r\n"),
              std::string::npos);
    EXPECT_NE(written(Request("POST", url())).find("content-length: 0\r\n"), std::string::npos);
    EXPECT_EQ(written(Request("DELETE", url())).find("content-length"), std::string::npos);
}

TEST(RequestHead, what_the_caller_set_is_kept) {
    const auto text = written(Request::get(url())
                                  .header("Host", "other")
                                  .header("User-Agent", "you/2")
                                  .header("Content-Length", "0"));
    EXPECT_NE(text.find("Host: other\r\n"), std::string::npos);
    EXPECT_EQ(text.find("api.test"), std::string::npos);
    EXPECT_EQ(text.find("me/1"), std::string::npos);
}

TEST(RequestHead, the_idempotency_key_of_the_call_is_added_unless_there_is_one) {
    runtime::CallContext context;
    context.idempotency_key = "k-1";
    EXPECT_NE(written(Request("POST", url()), context).find("idempotency-key: k-1\r\n"),
              std::string::npos);
    const auto own = written(Request("POST", url()).header("Idempotency-Key", "mine"), context);
    EXPECT_EQ(own.find("k-1"), std::string::npos);
}

TEST(RequestHead, codings_are_asked_for_only_where_the_answer_can_be_decoded) {
    const Additions additions{.user_agent = "me/1", .accept_codings = true};
    const auto plain = prepare(Request::get(url()), {}, additions);
    ASSERT_TRUE(plain);
    EXPECT_TRUE(plain->decode);
    EXPECT_EQ(plain->request.headers().value("accept-encoding"), "gzip, br, zstd");

    const auto own =
        prepare(Request::get(url()).header("Accept-Encoding", "identity"), {}, additions);
    EXPECT_FALSE(own->decode);
    EXPECT_EQ(own->request.headers().value("accept-encoding"), "identity");

    const auto range = prepare(Request::get(url()).header("range", "bytes=5-"), {}, additions);
    EXPECT_FALSE(range->decode);
    EXPECT_FALSE(range->request.headers().contains("accept-encoding"));

    const auto off = prepare(Request::get(url()), {}, {.user_agent = "me/1"});
    EXPECT_FALSE(off->decode);
    EXPECT_FALSE(off->request.headers().contains("accept-encoding"));
}

struct Refused {
    const char* why;
    Request request;
    std::string detail;
};

TEST(RequestHead, what_could_smuggle_or_lie_is_refused_before_anything_is_sent) {
    auto two_hosts = Request::get(url());
    two_hosts.headers().add("host", "a");
    two_hosts.headers().add("host", "b");
    const Refused rows[] = {
        {"method with a space", Request("GE T", url()), "method"},
        {"empty method", Request("", url()), "method"},
        {"CONNECT", Request("CONNECT", url()), "method"},
        {"header name with a colon", Request::get(url()).header("a:b", "c"), "header"},
        {"empty header name", Request::get(url()).header("", "c"), "header"},
        {"CR LF in a value", Request::get(url()).header("x", "a\r\nb: c"), "x"},
        {"bare LF in a value", Request::get(url()).header("x", "a\nb"), "x"},
        {"NUL in a value", Request::get(url()).header("x", std::string("a\0b", 3)), "x"},
        {"two hosts", two_hosts, "host"},
        {"wrong length", Request::post(url(), "abc").header("content-length", "4"),
         "content-length"},
        {"transfer-encoding", Request::post(url(), "abc").header("transfer-encoding", "chunked"),
         "transfer-encoding"},
    };
    for (const auto& row : rows) {
        const auto prepared = prepare(row.request, {}, {.user_agent = "me/1"});
        ASSERT_FALSE(prepared) << row.why;
        EXPECT_EQ(prepared.error().kind(), ErrorKind::invalid_argument) << row.why;
        EXPECT_EQ(prepared.error().outcome(), Outcome::not_sent) << row.why;
        EXPECT_EQ(prepared.error().detail(), row.detail) << row.why;
    }
}

TEST(RequestHead, a_key_with_a_line_break_is_refused) {
    runtime::CallContext context;
    context.idempotency_key = "a\r\nb: c";
    EXPECT_FALSE(prepare(Request("POST", url()), context, {.user_agent = "me/1"}));
}

TEST(RequestHead, close_is_found_among_the_connection_options) {
    EXPECT_TRUE(asks_to_close({{"Connection", "keep-alive, Close"}}));
    EXPECT_TRUE(asks_to_close({{"connection", "x"}, {"connection", "close"}}));
    EXPECT_FALSE(asks_to_close({{"connection", "closed, keep-alive"}}));
    EXPECT_FALSE(asks_to_close({}));
}

}  // namespace
}  // namespace apilab::transport::internal
