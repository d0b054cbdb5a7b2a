#include <fmt/format.h>

#include "apilab/sandbox/google/internal/test_google.hpp"
#include "apilab/sandbox/google/mail.hpp"

namespace apilab::sandbox::google {
namespace {

using ::testing::HasSubstr;

class GoogleMessages : public GoogleWorld {
protected:
    std::size_t hits(const std::string& q) { return size(get("/messages?q=" + q), "/messages"); }
};

TEST_F(GoogleMessages, an_attachment_is_had_by_an_id_that_is_new_each_time) {
    const auto id = text(get("/messages?q=has:attachment"), "/messages/0/id");
    const auto mail = get("/messages/" + id);
    EXPECT_EQ(text(mail, "/payload/mimeType"), "multipart/mixed");
    EXPECT_EQ(text(mail, "/payload/parts/2/partId"), "2");
    const auto attachment = text(mail, "/payload/parts/2/body/attachmentId");
    EXPECT_EQ(text(mail, "/payload/parts/2/body/data"), "none");
    const auto place = "/messages/" + id + "/attachments/";
    EXPECT_THAT(*base64url_decode(text(get(place + attachment), "/data")),
                HasSubstr("number,subject"));
    const auto again = text(get("/messages/" + id), "/payload/parts/2/body/attachmentId");
    EXPECT_NE(again, attachment);
    EXPECT_EQ(get(place + again).status(), 200);
    EXPECT_EQ(get(place + "nonsense").status(), 400);
}

TEST_F(GoogleMessages, trash_hides_and_delete_is_for_ever_and_history_tells_both) {
    const auto id = first_id();
    const auto start = text(get("/profile"), "/historyId");
    EXPECT_THAT(call("POST", "/messages/" + id + "/trash").body(), HasSubstr("TRASH"));
    EXPECT_NE(first_id(), id);
    EXPECT_EQ(size(get("/messages?labelIds=TRASH"), "/messages"), 1U);
    EXPECT_EQ(hits("in:trash"), 1U);
    EXPECT_EQ(call("POST", "/messages/" + id + "/untrash").status(), 200);
    EXPECT_EQ(call("DELETE", "/messages/" + id).status(), 204);
    EXPECT_EQ(get("/messages/" + id).status(), 404);
    const auto told = get("/history?historyTypes=messageDeleted&startHistoryId=" + start);
    EXPECT_EQ(text(told, "/history/0/messagesDeleted/0/message/id"), id);
    EXPECT_EQ(reason(get("/messages/not-an-id")), "invalidArgument");
}

TEST_F(GoogleMessages, a_thousand_change_at_once_and_not_one_more) {
    std::string ids;
    for (int i = 0; i < 1000; ++i) {
        ids += fmt::format("\"{:016x}\",", i);
    }
    const auto id = first_id();
    const auto body = [&](const std::string& more) {
        return R"({"addLabelIds":["STARRED"],"ids":[)" + ids + more + "\"" + id + "\"]}";
    };
    EXPECT_EQ(call("POST", "/messages/batchModify", body("")).status(), 400);
    ids.resize(ids.find(',') + 1);
    EXPECT_EQ(call("POST", "/messages/batchModify", body("")).status(), 204);
    EXPECT_THAT(get("/messages/" + id + "?format=minimal").body(), HasSubstr("STARRED"));
    EXPECT_EQ(call("POST", "/messages/batchDelete", body("")).status(), 204);
    EXPECT_EQ(get("/messages/" + id).status(), 404);
    EXPECT_EQ(call("POST", "/messages/batchDelete", "{}").status(), 400);
    EXPECT_EQ(reason(call("POST", "/messages/batchDelete", "{")), "badRequest");
}

TEST_F(GoogleMessages, a_mail_is_inserted_with_its_labels_or_imported) {
    const auto raw = R"("raw":")" + base64url_encode("From: a@x.example\r\n\r\nhi") + "\"";
    const auto inserted = call("POST", "/messages", R"({"labelIds":["STARRED"],)" + raw + "}");
    EXPECT_EQ(text(inserted, "/labelIds/0"), "STARRED");
    EXPECT_EQ(text(call("POST", "/messages/import", "{" + raw + "}"), "/labelIds/0"), "INBOX");
    EXPECT_EQ(call("POST", "/messages", R"({"labelIds":["No"],)" + raw + "}").status(), 400);
    EXPECT_EQ(call("POST", "/messages", R"({"threadId":"00",)" + raw + "}").status(), 404);
}

TEST_F(GoogleMessages, the_search_box_knows_its_words) {
    EXPECT_EQ(hits("from:alerts@"), 15U);
    EXPECT_EQ(hits("-from:alerts@"), 30U);
    EXPECT_EQ(hits("subject:%22new%20release%22"), 15U);
    EXPECT_EQ(hits("is:unread"), 11U);
    EXPECT_EQ(hits("is:read"), 34U);
    EXPECT_EQ(hits("filename:report-9.csv"), 1U);
    EXPECT_EQ(hits("after:2025/11/02%20before:2025/11/03"), 22U);
    EXPECT_EQ(hits("newer_than:2d"), 0U);
    EXPECT_EQ(hits("larger:1M"), 0U);
    EXPECT_EQ(hits("label:releases"), 15U);
}

TEST_F(GoogleMessages, parameters_that_cannot_be_are_refused) {
    EXPECT_EQ(get("/messages?maxResults=many").status(), 400);
    EXPECT_EQ(get("/messages/" + first_id() + "?format=whole").status(), 400);
    EXPECT_EQ(get("/messages?pageToken=soon").status(), 400);
    const auto fields = get("/messages?fields=messages(id");
    EXPECT_EQ(reason(fields), "invalidParameter");
    EXPECT_EQ(text(fields, "/error/errors/0/location"), "fields");
    EXPECT_EQ(get("/profile?alt=xml").status(), 400);
}

TEST_F(GoogleMessages, fields_and_pretty_print_shape_the_answer) {
    const auto some = get("/messages?maxResults=2&fields=nextPageToken,messages/id");
    EXPECT_EQ(size(some, ""), 2U);
    EXPECT_EQ(size(some, "/messages/0"), 1U);
    const auto deep = get("/messages/" + first_id() + "?fields=id,payload(headers/name,body(*))");
    EXPECT_EQ(size(deep, "/payload"), 2U);
    EXPECT_EQ(size(deep, "/payload/headers/0"), 1U);
    EXPECT_THAT(get("/profile").body(), HasSubstr("{\n  \"emailAddress\": \"me@"));
    EXPECT_THAT(get("/profile?prettyPrint=false").body(), HasSubstr(R"({"emailAddress":"me@)"));
}

TEST_F(GoogleMessages, bytes_that_are_no_text_are_answered_as_json_all_the_same) {
    const auto raw = base64url_encode("To: a@x.example\r\nSubject: \xFF\xFE\r\n\r\n\xC3(");
    const auto sent = call("POST", "/messages/send", R"({"raw":")" + raw + "\"}");
    ASSERT_EQ(sent.status(), 200);
    const auto mail = get("/messages/" + text(sent, "/id"));
    EXPECT_EQ(text(mail, "/payload/headers/1/value"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(text(mail, "/snippet"), "\xEF\xBF\xBD(");
    EXPECT_EQ(reason(get("/messages?fields=%FF(")), "invalidParameter");
    EXPECT_EQ(get("/messages?maxResults=%FF").status(), 400);
}

TEST(Mails, are_trees_whose_encodings_are_undone) {
    const auto mail = parse_mail(
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=\"a b\"\r\n\r\npreamble\r\n"
        "--a b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        "--c\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nh=C3=A9 &=\r\n more\r\n"
        "--c--\r\n--a b\r\nContent-Type: image/png; name=\"p.png\"\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\naG\r\nk=\r\n--a b--\r\nepilogue");
    ASSERT_TRUE(mail);
    ASSERT_EQ(mail->root.parts.size(), 2U);
    EXPECT_EQ(mail->part("0.0")->body, "h\xC3\xA9 & more");
    EXPECT_EQ(mail->part("1")->body, "hi");
    EXPECT_EQ(mail->part("1")->filename, "p.png");
    EXPECT_EQ(mail->part("2"), nullptr);
    EXPECT_EQ(mail->part("0.x"), nullptr);
    EXPECT_EQ(mail->snippet(), "h\xC3\xA9 &amp; more");
    EXPECT_FALSE(parse_mail("no field"));
}

TEST(Mails, are_read_to_a_depth_and_no_further) {
    std::string deep = "Subject: x\r\n";
    for (int i = 0; i < 200; ++i) {
        deep += fmt::format("Content-Type: multipart/mixed; boundary=b{0}\r\n\r\n--b{0}\r\n", i);
    }
    const auto mail = parse_mail(deep);
    ASSERT_TRUE(mail);
    int depth = 0;
    for (const auto* part = &mail->root; !part->parts.empty(); part = &part->parts.front()) {
        ++depth;
    }
    EXPECT_EQ(depth, 20);
}

}  // namespace
}  // namespace apilab::sandbox::google
