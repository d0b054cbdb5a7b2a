// Boost.Beast, compiled once (BOOST_BEAST_SEPARATE_COMPILATION). It stands here because transport
// and server both parse with it and neither may include the other.
#include <boost/beast/src.hpp>
