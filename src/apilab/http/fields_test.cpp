#include "apilab/http/fields.hpp"

#include <gtest/gtest.h>

namespace apilab::http {
namespace {

const JsonDocument document = *JsonDocument::parse(
    R"({"name":"ws","size":3,"big":18446744073709551615,"note":null,"list":["a",1],"new":true})");

TEST(Fields, what_is_as_promised_is_read) {
    Fields fields(document.root());
    EXPECT_EQ(fields.text("/name"), "ws");
    EXPECT_EQ(fields.integer("/size"), 3);
    EXPECT_EQ(fields.text("/list/0"), "a");
    std::size_t elements = 0;
    for ([[maybe_unused]] const Json element : fields.array("/list")) {
        ++elements;
    }
    EXPECT_EQ(elements, 2U);
    EXPECT_TRUE(fields.check()) << "a field that nobody reads is no mistake";
}

TEST(Fields, null_and_absent_are_nothing_only_where_that_was_said) {
    Fields lenient(document.root());
    EXPECT_EQ(lenient.text_or_null("/note"), std::nullopt);
    EXPECT_EQ(lenient.text_or_null("/none"), std::nullopt);
    EXPECT_EQ(lenient.text_or_null("/name"), "ws");
    for ([[maybe_unused]] const Json element : lenient.array_or_null("/note")) {
        FAIL() << "nothing has no elements";
    }
    EXPECT_TRUE(lenient.check());
    for (const auto* pointer : {"/note", "/none"}) {
        Fields strict(document.root());
        EXPECT_EQ(strict.text(pointer), "");
        ASSERT_FALSE(strict.check());
        EXPECT_EQ(strict.check().error().detail(), pointer);
    }
}

TEST(Fields, another_type_is_a_mistake_even_where_null_is_none) {
    Fields fields(document.root());
    (void)fields.text_or_null("/size");
    ASSERT_FALSE(fields.check());
    EXPECT_EQ(fields.check().error().message(), "/size: found an integer, expected a string");
    EXPECT_EQ(fields.check().error().kind(), ErrorKind::decode);
    EXPECT_EQ(fields.check().error().outcome(), Outcome::answered);
}

TEST(Fields, the_first_mistake_is_kept_and_says_where_it_stands) {
    Fields fields(document.root(), "/packages/0");
    (void)fields.text("/note");
    (void)fields.integer("/name");
    EXPECT_EQ(fields.check().error().message(), "/packages/0/note: found null, expected a string");
}

TEST(Fields, an_integer_that_does_not_fit_is_a_mistake) {
    Fields fields(document.root());
    EXPECT_EQ(fields.integer("/big"), 0);
    EXPECT_FALSE(fields.check());
}

}  // namespace
}  // namespace apilab::http
