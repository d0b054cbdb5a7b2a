// `apilab call`, a process, against servers: what it sends, prints and answers with its exit code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <csignal>
#include <filesystem>

#include "echo_server.hpp"
#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
namespace fs = std::filesystem;
namespace json = boost::json;

class Call : public testing::Test {
protected:
    Finished call(Words words) {
        words.insert(words.begin(), "call");
        return apilab(std::move(words), variables, dir.path());
    }
    http::Request sent(Words words) {
        words.insert(words.begin() + (words.size() > 1 && words[0] == "POST" ? 1 : 0), echo.url());
        const auto ended = call(std::move(words));
        EXPECT_EQ(ended.code, 0) << ended.err;
        return echo.last();
    }
    TempDir dir;
    EchoServer echo;
    Variables variables{{"HOME", dir.path().string()}, {"TOKEN", "canary-5f1d77aa"}};
};

TEST_F(Call, fields_are_json_and_make_it_a_post) {
    const auto request = sent({"name=Ada", "age:=37", "tags[]=a", "X-Name:value", "q==a b"});
    EXPECT_EQ(request.method(), "POST");
    EXPECT_EQ(request.body(), R"({"name":"Ada","age":37,"tags":["a"]})");
    EXPECT_EQ(request.headers().value("content-type"), "application/json");
    EXPECT_EQ(request.headers().value("x-name"), "value");
    EXPECT_EQ(request.url().query(), "q=a%20b");
    EXPECT_EQ(sent({}).method(), "GET");
    EXPECT_EQ(sent({}).headers().value("accept"), "*/*");
}

TEST_F(Call, forms_raw_bodies_and_files) {
    const auto form = sent({"--form", "a=1 2", "b=x&y"});
    EXPECT_EQ(form.body(), "a=1%202&b=x%26y");
    EXPECT_THAT(std::string(form.headers().value("content-type")),
                StartsWith("application/x-www-form-urlencoded"));
    EXPECT_EQ(sent({"--raw", "plain", "Content-Type:text/plain"}).body(), "plain");
    const auto file = dir.write("a.txt", "some text");
    const auto parts = sent({"--form", "a=1", "up@" + file + ";type=text/x-own"});
    EXPECT_THAT(std::string(parts.headers().value("content-type")),
                StartsWith("multipart/form-data; boundary="));
    EXPECT_THAT(parts.body(), AllOf(HasSubstr("filename=\"a.txt\""), HasSubstr("text/x-own"),
                                    HasSubstr("some text")));
    const auto whole = sent({"@" + file});
    EXPECT_EQ(whole.body(), "some text");
    EXPECT_EQ(whole.headers().value("content-type"), "text/plain");
    EXPECT_EQ(sent({"t=@" + file}).body(), R"({"t":"some text"})");
    EXPECT_EQ(sent({"X-File:@" + file}).headers().value("x-file"), "some text");
    EXPECT_EQ(sent({"q==@" + file}).url().query(), "q=some%20text");
}

TEST_F(Call, a_large_file_is_streamed_and_a_pipe_is_the_body) {
    const auto file = dir.write("big.bin", std::string((3U << 20U) + 5, 'x'));
    const auto streamed = sent({"@" + file});
    EXPECT_THAT(streamed.body(), SizeIs((3U << 20U) + 5));
    EXPECT_EQ(streamed.headers().value("content-type"), "application/octet-stream");
    const auto piped = [&](const std::string& rest) {
        const auto ended =
            Program({"/bin/sh", "-c", "printf '{\"a\":1}' | " + apilab_path() + " call " + rest},
                    variables)
                .wait();
        EXPECT_EQ(ended.code, 0) << ended.err;
        return echo.last();
    };
    EXPECT_EQ(piped(echo.url()).body(), R"({"a":1})");
    EXPECT_EQ(piped(echo.url()).method(), "POST");
    EXPECT_EQ(piped("PUT " + echo.url() + " @-").body(), R"({"a":1})");
    EXPECT_EQ(piped(echo.url() + " --ignore-stdin").method(), "GET");
    EXPECT_EQ(piped("DELETE " + echo.url()).body(), "");
}

TEST_F(Call, urls_may_be_short) {
    const auto port = std::to_string(echo.port());
    EXPECT_EQ(call({":" + port + "/a"}).code, 0);
    EXPECT_EQ(echo.last().url().path(), "/a");
    EXPECT_EQ(call({"127.0.0.1:" + port + "/b?x=1"}).code, 0);
    EXPECT_EQ(echo.last().url().query(), "x=1");
    variables["APILAB_SLACK_URL"] = echo.url("/slack");
    variables["APILAB_GOOGLE_URL"] = echo.url("/g");
    EXPECT_EQ(call({"slack:/chat.postMessage", "text=hi"}).code, 0);
    EXPECT_EQ(echo.last().url().path(), "/slack/api/chat.postMessage");
    EXPECT_EQ(call({"gmail:/users/me/profile"}).code, 0);
    EXPECT_EQ(echo.last().url().path(), "/g/gmail/v1/users/me/profile");
    const auto wrong = call({"slak:/x"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("did you mean slack:/x?"));
}

TEST_F(Call, a_piped_answer_is_byte_exact) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
    }
    bytes += "canary-5f1d77aa";
    const auto file = dir.write("bytes", bytes);
    EXPECT_EQ(call({echo.url(), "@" + file}).out, bytes);
    const auto out = (dir.path() / "answer").string();
    EXPECT_EQ(call({echo.url(), "@" + file, "-o", out}).out, "");
    EXPECT_EQ(read_text(out), bytes);
}

TEST_F(Call, credentials_come_by_their_place) {
    const auto place = dir.write("token", "from-a-file\n");
    const auto header = [&](const std::string& item) {
        return std::string(sent({item}).headers().value("authorization"));
    };
    EXPECT_EQ(header("Authorization:Bearer env:TOKEN"), "Bearer canary-5f1d77aa");
    EXPECT_EQ(header("Authorization: Bearer @" + place), "Bearer from-a-file");
    EXPECT_EQ(header("Authorization:Bearer cmd:/bin/echo from-a-command"), "Bearer from-a-command");
    EXPECT_EQ(std::string(sent({"--bearer", "env:TOKEN"}).headers().value("authorization")),
              "Bearer canary-5f1d77aa");
    EXPECT_EQ(std::string(sent({"--auth", "ada:env:TOKEN"}).headers().value("authorization")),
              "Basic YWRhOmNhbmFyeS01ZjFkNzdhYQ==");
    EXPECT_EQ(sent({"access_token==env:TOKEN"}).url().query(), "access_token=canary-5f1d77aa");
    EXPECT_EQ(sent({"password=env:TOKEN"}).body(), R"({"password":"canary-5f1d77aa"})");
    EXPECT_EQ(sent({"note=env:TOKEN", "key=PROJ-1"}).body(),
              R"({"note":"env:TOKEN","key":"PROJ-1"})");
}

TEST_F(Call, a_credential_in_clear_is_refused_and_not_repeated) {
    for (const Words& words :
         {Words{"Authorization:Bearer hunter2hunter2"}, Words{"X-Api-Key:hunter2hunter2"},
          Words{"Cookie:a=hunter2hunter2"}, Words{"access_token==hunter2hunter2"},
          Words{"password=hunter2hunter2"}, Words{"--bearer", "hunter2hunter2"},
          Words{"--auth", "ada:hunter2hunter2"},
          Words{"--proxy", "http://ada:hunter2hunter2@127.0.0.1:1"}}) {
        auto all = words;
        all.insert(all.begin(), echo.url());
        const auto ended = call(all);
        EXPECT_EQ(ended.code, 2) << words.front();
        EXPECT_THAT(ended.err, AllOf(HasSubstr("env:NAME"), Not(HasSubstr("hunter2"))));
    }
    const auto in_url = call({echo.url("/?token=hunter2hunter2")});
    EXPECT_EQ(in_url.code, 2);
    EXPECT_THAT(in_url.err, AllOf(HasSubstr("token==env:NAME"), Not(HasSubstr("hunter2"))));
    EXPECT_EQ(call({"http://ada:hunter2@127.0.0.1/"}).code, 2);
    EXPECT_THAT(echo.seen(), SizeIs(0));
}

TEST_F(Call, no_credential_goes_to_an_address_of_the_project) {
    (void)dir.write("apilab.toml", "[urls]\nslack = \"" + echo.url() + "\"\n");
    EXPECT_EQ(call({"slack:/api.test"}).code, 0);
    const auto ended = call({"slack:/api.test", "--bearer", "env:TOKEN"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("apilab.toml"), HasSubstr("no credential goes there")));
    EXPECT_THAT(echo.seen(), SizeIs(1));
}

TEST_F(Call, secrets_are_in_nothing_that_is_kept_or_told) {
    const auto har = (dir.path() / "call.har").string();
    const auto html = (dir.path() / "call.html").string();
    const auto store = (dir.path() / "traces.db").string();
    const Words words{echo.url("/x"),
                      "--bearer",
                      "env:TOKEN",
                      "password=env:TOKEN",
                      "token==env:TOKEN",
                      "--html",
                      html,
                      "--har",
                      har,
                      "--trace-store",
                      store,
                      "-vv",
                      "--print-curl",
                      "--timing",
                      "--show-attempts",
                      "--json"};
    const auto ended = call(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(echo.last().body(), HasSubstr("canary-5f1d77aa"));
    const auto all = ended.out + ended.err + read_text(har) + read_text(html) + read_text(store) +
                     read_text(store + "-wal");
    EXPECT_THAT(all, Not(HasSubstr("canary-5f1d77aa")));
    EXPECT_THAT(all, HasSubstr("***"));
    EXPECT_THAT(read_text(html), AllOf(StartsWith("<!doctype html>"), HasSubstr("<svg")));
    for (const auto& file : {har, html, store}) {
        EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write)
            << file;
    }
}

TEST_F(Call, offline_prints_the_request_and_sends_nothing) {
    const auto ended = call({"PUT", echo.url("/a"), "x=1", "--bearer", "env:TOKEN", "-n"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, AllOf(StartsWith("PUT " + echo.url("/a") + "\n"),
                                 HasSubstr("Authorization: ***"), EndsWith(R"({"x":"1"})")));
    const auto document = json::parse(call({echo.url(), "x=1", "--offline", "--json"}).out);
    EXPECT_EQ(document.at("request").at("method"), "POST");
    EXPECT_TRUE(document.at("answer").is_null());
    EXPECT_THAT(call({echo.url(), "x=1", "--offline", "--print-curl"}).out, StartsWith("curl "));
    EXPECT_THAT(echo.seen(), SizeIs(0));
}

TEST_F(Call, json_is_one_document_of_request_answer_and_record) {
    const auto ended = call({echo.url(), "a=1", "--json"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.err, "");
    const auto document = json::parse(ended.out);
    EXPECT_EQ(document.at("request").at("json").at("a"), "1");
    EXPECT_EQ(document.at("answer").at("status").to_number<int>(), 200);
    EXPECT_EQ(document.at("answer").at("body"), R"({"a":"1"})");
    EXPECT_EQ(document.at("exit_code").to_number<int>(), 0);
    EXPECT_TRUE(document.at("error").is_null());
    EXPECT_THAT(std::string(document.at("trace_id").as_string()), StartsWith("t-"));
    EXPECT_TRUE(document.at("record").is_object());
}

TEST_F(Call, parts_are_printed_as_asked_and_json_can_be_made_pretty) {
    const auto ended = call({echo.url(), "a[]=1", "--print", "HBh", "--pretty", "none"});
    EXPECT_THAT(ended.out, AllOf(StartsWith("POST " + echo.url()), HasSubstr(R"({"a":["1"]})"),
                                 HasSubstr("\n200 OK\n")));
    EchoServer typed([](const http::Request&) {
        return http::Response::json(200, "{\"a\":[1.10,\"\\u001b[31m\xC2\x9B\"],\"b\":{}}")
            .header("set-cookie", "sid=hunter2hunter2");
    });
    EXPECT_EQ(call({typed.url(), "--pretty", "format"}).out,
              "{\n  \"a\": [\n    1.10,\n    \"\\u001b[31m\\u009b\"\n  ],\n  \"b\": {}\n}\n");
    EXPECT_THAT(call({typed.url(), "--pretty", "colors"}).out, Not(HasSubstr("\xC2\x9B")));
    EXPECT_THAT(call({typed.url(), "--print", "h"}).out,
                AllOf(HasSubstr("set-cookie: ***"), Not(HasSubstr("hunter2"))));
}

TEST_F(Call, on_a_terminal_json_is_indented_in_colours_and_bytes_are_not_printed) {
    EchoServer typed([](const http::Request& request) {
        return request.url().path() == "/json" ? http::Response::json(200, R"({"a":[1]})")
                                               : http::Response(200, std::string("\x00\x01z", 3));
    });
    variables["TERM"] = "xterm";
    const auto on_terminal = [&](const std::string& words) {
        return Program({"/usr/bin/script", "-qec", apilab_path() + " call " + words, "/dev/null"},
                       variables)
            .wait()
            .out;
    };
    EXPECT_THAT(on_terminal(typed.url("/json")),
                AllOf(HasSubstr("200 OK"), HasSubstr("\"a\"\033[0m: [\r\n"), HasSubstr("\033[3")));
    EXPECT_THAT(on_terminal(typed.url("/bytes")),
                AllOf(HasSubstr("the body is binary, 3 bytes"), Not(HasSubstr("\x01"))));
    EXPECT_THAT(on_terminal("-o f " + typed.url("/json")), HasSubstr("bytes [####"));
    variables["NO_COLOR"] = "1";
    EXPECT_THAT(on_terminal(typed.url("/json")), Not(HasSubstr("\033[")));
}

TEST_F(Call, flags_that_contradict_each_other_and_numbers_out_of_range_are_named) {
    struct Row {
        Words words;
        std::string says;
    };
    for (const auto& row : {
             Row{{"--raw", "x", "--form"}, "--raw and --form contradict"},
             Row{{"--offline", "--har", "x"}, "--offline and --har contradict"},
             Row{{"--json", "--print", "b"}, "--json and --print contradict"},
             Row{{"--max-redirects", "3"}, "add --follow"},
             Row{{"--key", "x"}, "--cert"},
             Row{{"--session", "a", "--session-read-only", "a"}, "contradict"},
             Row{{"--retries", "10"}, "--retries"},
             Row{{"--retries", "-1"}, "--retries"},
             Row{{"--deadline", "10"}, "--deadline: '10' is no time from 1 ms to 1 h"},
             Row{{"--deadline", "2h"}, "1 ms to 1 h"},
             Row{{"--timeout", "0s"}, "--timeout"},
             Row{{"--connect-timeout", "x"}, "--connect-timeout"},
             Row{{"--pace", "5"}, "N/s"},
             Row{{"--pace", "0/s"}, "--pace"},
             Row{{"--print", "xyz"}, "--print"},
             Row{{"--effect", "none"}, "--effect"},
             Row{{"--cacert", "nowhere.pem"}, ""},
             Row{{"--raw", "x", "a=1"}, "--raw"},
             Row{{"word"}, "item 1 ('word') is no item"},
             Row{{"@nowhere"}, "nowhere"},
             Row{{"a[=1"}, "expected ]"},
         }) {
        auto words = row.words;
        words.insert(words.begin(), row.says.empty() ? "https://127.0.0.1:1/" : echo.url());
        const auto ended = call(words);
        EXPECT_EQ(ended.code, 2) << row.words.front() << ended.err;
        EXPECT_THAT(ended.err, HasSubstr(row.says));
    }
    EXPECT_THAT(echo.seen(), SizeIs(0));
}

TEST_F(Call, redirects_are_followed_only_when_told) {
    EchoServer moved([](const http::Request& request) {
        return request.url().path() == "/there" ? http::Response(200, "there")
                                                : http::Response(302).header("location", "/there");
    });
    EXPECT_EQ(call({moved.url(), "--print", "b"}).out, "");
    EXPECT_EQ(call({moved.url(), "--follow"}).out, "there");
}

TEST_F(Call, an_idempotency_key_is_sent_on_request) {
    EXPECT_EQ(sent({"a=1"}).headers().value("idempotency-key"), "");
    EXPECT_EQ(sent({"a=1", "--idempotency-key", "k-1"}).headers().value("idempotency-key"), "k-1");
    EXPECT_THAT(
        std::string(sent({"a=1", "--idempotency-key", "auto"}).headers().value("idempotency-key")),
        SizeIs(36));
}

TEST_F(Call, tls_needs_an_authority_that_is_trusted) {
    EchoServer secure({}, EchoServer::Over::tls);
    const auto ca = dir.write("ca.pem", secure.authority());
    const auto refused = call({secure.url(), "--retries", "0"});
    EXPECT_EQ(refused.code, 7);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--cacert FILE"), HasSubstr("apilab explain tls")));
    EXPECT_EQ(call({secure.url(), "--cacert", ca}).code, 0);
    variables["APILAB_CA_FILE"] = ca;
    EXPECT_EQ(call({secure.url()}).code, 0);
}

TEST_F(Call, shows_a_certificate_of_its_own) {
    EchoServer secure({}, EchoServer::Over::mutual_tls);
    variables["APILAB_CA_FILE"] = dir.write("ca.pem", secure.authority());
    const auto cert = dir.write("cert.pem", secure.client_certificate());
    const auto key = dir.write("key.pem", secure.client_key());
    const auto both = dir.write("both.pem", secure.client_certificate() + secure.client_key());
    EXPECT_EQ(call({secure.url(), "--retries", "0"}).code, 7);
    EXPECT_EQ(call({secure.url(), "--cert", cert, "--key", key}).code, 0);
    EXPECT_EQ(call({secure.url(), "--cert", both}).code, 0);
}

TEST_F(Call, a_proxy_is_asked_where_one_is_set) {
    EchoServer proxy([](const http::Request&) { return http::Response(200, "by the proxy"); });
    EXPECT_EQ(call({"http://far.test/", "--proxy", proxy.url("")}).out, "by the proxy");
    variables["http_proxy"] = proxy.url("");
    EXPECT_EQ(call({"http://far.test/"}).out, "by the proxy");
    EXPECT_EQ(call({echo.url(), "--raw", "straight", "--proxy", "off"}).out, "straight");
}

TEST_F(Call, a_store_that_cannot_be_opened_is_a_warning) {
    const auto ended =
        call({echo.url(), "--trace-store", dir.write("no.db", "this is no database of ours")});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.err, HasSubstr("warning: this call is not kept"));
    EXPECT_EQ(call({echo.url(), "--trace-store", "off"}).err, "");
}

class Sessions : public Call {
protected:
    EchoServer shop{[](const http::Request& request) {
        return http::Response(200, std::string(request.headers().value("cookie")))
            .header("set-cookie", "sid=canary-cookie-1; Path=/");
    }};
    std::string only_file() {
        std::string found;
        for (const auto& file : fs::recursive_directory_iterator(dir.path() / ".local")) {
            if (file.path().extension() == ".json") {
                found = file.path().string();
            }
        }
        return found;
    }
};

TEST_F(Sessions, keep_cookies_and_headers_but_no_credentials) {
    EXPECT_EQ(call({shop.url(), "--session", "me", "X-A:1", "Authorization:Bearer env:TOKEN"}).out,
              "");
    EXPECT_EQ(call({shop.url(), "--session", "me"}).out, "sid=canary-cookie-1");
    EXPECT_EQ(shop.last().headers().value("x-a"), "1");
    EXPECT_EQ(shop.last().headers().value("authorization"), "Bearer canary-5f1d77aa");
    EXPECT_EQ(call({shop.url()}).out, "") << "without a session there are no cookies";
    const auto file = only_file();
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_THAT(read_text(file),
                AllOf(HasSubstr("Bearer env:TOKEN"), Not(HasSubstr("canary-5f1d77aa"))));
}

TEST_F(Sessions, read_only_ones_change_nothing) {
    EXPECT_EQ(call({shop.url(), "--session-read-only", "me", "X-A:1"}).code, 0);
    EXPECT_EQ(only_file(), "");
    EXPECT_EQ(call({shop.url(), "--session", "me"}).code, 0);
    const auto before = read_text(only_file());
    EXPECT_EQ(call({shop.url(), "--session-read-only", "me", "X-A:1"}).out, "sid=canary-cookie-1");
    EXPECT_EQ(read_text(only_file()), before);
}

TEST_F(Sessions, are_listed_shown_and_removed) {
    EXPECT_EQ(call({shop.url(), "--session", "me", "X-A:1"}).code, 0);
    const auto ask = [&](Words words) {
        words.insert(words.begin(), "session");
        return apilab(words, variables, dir.path());
    };
    EXPECT_THAT(ask({"list"}).out, AllOf(HasSubstr("127.0.0.1_"), HasSubstr("me")));
    const auto shown = ask({"show", "127.0.0.1", "me"});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("X-A"), HasSubstr("sid"), HasSubstr("sha256:"),
                                 Not(HasSubstr("canary-cookie-1"))));
    EXPECT_EQ(ask({"rm", "127.0.0.1", "me"}).code, 0);
    EXPECT_EQ(ask({"show", "127.0.0.1", "me"}).code, 2);
    EXPECT_THAT(ask({"list"}).out, HasSubstr("there are no sessions"));
}

TEST_F(Sessions, a_file_that_others_may_read_or_a_bad_name_is_refused) {
    EXPECT_EQ(call({shop.url(), "--session", "../me"}).code, 2);
    EXPECT_EQ(call({shop.url(), "--session", "me"}).code, 0);
    fs::permissions(only_file(), fs::perms::others_read, fs::perm_options::add);
    const auto ended = call({shop.url(), "--session", "me"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("chmod 600"));
}

}  // namespace
}  // namespace apilab::cli_test
