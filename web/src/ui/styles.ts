/** The style sheets, in their order. */
import "./tokens.css";
import "./base.css";
import "./front.css";
import "./room.css";
import "./house/house.css";
import "./plans/plans.css";
import "./levels/levels.css";
import "./room/room.css";
