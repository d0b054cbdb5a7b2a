#include "apilab/base/markup.hpp"

#include <gtest/gtest.h>

namespace apilab {
namespace {

TEST(Markup, nothing_in_a_text_can_become_markup) {
    EXPECT_EQ(escape_markup(R"(<a b="c" d='e'>&amp;)"),
              "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
    EXPECT_EQ(escape_markup("two\nlines\tand \x01\x1b[31m"), "two\nlines and   [31m");
    EXPECT_EQ(escape_markup("\u00fc \u20ac"), "\u00fc \u20ac");
    EXPECT_EQ(escape_markup(""), "");
}

}  // namespace
}  // namespace apilab
