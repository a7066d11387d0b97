-- A store as a release with the third schema wrote it: clients and orders of sample_program.h, rows
-- of the engine's own entities, keys of events in two closed buckets and an open one. Never changed.
BEGIN TRANSACTION;
CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    input BIGINT NOT NULL,
    at BIGINT NOT NULL,
    entity TEXT NOT NULL,
    record BIGINT NOT NULL,
    field TEXT NOT NULL,
    before TEXT,
    after TEXT
);
CREATE TABLE entity (
    name TEXT PRIMARY KEY,
    table_name TEXT NOT NULL,
    next_id BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO "entity" VALUES('automation_log','entity_automation_log',3);
INSERT INTO "entity" VALUES('client','entity_client',1);
INSERT INTO "entity" VALUES('effect','entity_effect',2);
INSERT INTO "entity" VALUES('notification','entity_notification',2);
INSERT INTO "entity" VALUES('order','entity_order',1);
INSERT INTO "entity" VALUES('run','entity_run',2);
INSERT INTO "entity" VALUES('scheduled_step','entity_scheduled_step',1);
CREATE TABLE "entity_automation_log" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "run" BIGINT, "rule" TEXT, "trigger" TEXT, "entity" TEXT, "action" TEXT, "status" TEXT, "error" TEXT, "metadata" TEXT, "at" BIGINT);
INSERT INTO "entity_automation_log" VALUES(4,NULL,'automation_log-1',1795000000000000,1795000000000000,3,'rule','t',NULL,'fired','success',NULL,NULL,1795000000000000);
INSERT INTO "entity_automation_log" VALUES(5,NULL,'automation_log-2',1795000002000000,1795000002000000,3,'rule','t',NULL,'log','success',NULL,NULL,1795000002000000);
CREATE TABLE "entity_client" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "name" TEXT, "email" TEXT);
INSERT INTO "entity_client" VALUES(1,NULL,'asha',NULL,NULL,'asha','a@x.org');
CREATE TABLE "entity_effect" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "run" BIGINT, "channel" TEXT, "action" TEXT, "recipient" TEXT, "status" TEXT, "at" BIGINT, "payload" TEXT);
INSERT INTO "entity_effect" VALUES(7,NULL,'effect-1',1795000000000000,1795000000000000,3,'email','a',NULL,'waiting',1795000000000000,NULL);
CREATE TABLE "entity_notification" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "user" TEXT, "title" TEXT, "channel" TEXT, "is_read" BIGINT, "at" BIGINT);
INSERT INTO "entity_notification" VALUES(6,NULL,'notification-1',1795000000000000,1795000000000000,'asha','T','dashboard',0,1795000000000000);
CREATE TABLE "entity_order" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "of" BIGINT, "number" BIGINT, "amount" REAL);
INSERT INTO "entity_order" VALUES(2,NULL,'o2',NULL,NULL,1,30,30.0);
CREATE TABLE "entity_run" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "rule" TEXT, "status" TEXT, "entity" TEXT, "started_at" BIGINT, "ended_at" BIGINT, "error" TEXT, "file" TEXT, "line" BIGINT, "waiting_for" TEXT, "due_at" BIGINT);
INSERT INTO "entity_run" VALUES(3,NULL,'r1',1795000000000000,1795000002000000,'rule','success',NULL,1795000000000000,1795000002000000,NULL,'f.pawl',1,NULL,NULL);
CREATE TABLE "entity_scheduled_step" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "journey" TEXT, "of" TEXT, "name" TEXT, "title" TEXT, "at" BIGINT, "state" TEXT, "reason" TEXT, "ran_at" BIGINT);
CREATE TABLE field (
    entity TEXT NOT NULL,
    column_name TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    is_retired BIGINT NOT NULL,
    has_other BIGINT NOT NULL,
    PRIMARY KEY (entity, column_name)
) WITHOUT ROWID;
INSERT INTO "field" VALUES('automation_log','action','action','text',0,0);
INSERT INTO "field" VALUES('automation_log','at','at','datetime',0,0);
INSERT INTO "field" VALUES('automation_log','created_at','created_at','datetime',0,0);
INSERT INTO "field" VALUES('automation_log','entity','entity','text ?',0,0);
INSERT INTO "field" VALUES('automation_log','error','error','text ?',0,0);
INSERT INTO "field" VALUES('automation_log','id','id','text',0,0);
INSERT INTO "field" VALUES('automation_log','metadata','metadata','json ?',0,0);
INSERT INTO "field" VALUES('automation_log','rule','rule','text',0,0);
INSERT INTO "field" VALUES('automation_log','run','run','-> run',0,0);
INSERT INTO "field" VALUES('automation_log','status','status','one of success, failed, skipped',0,0);
INSERT INTO "field" VALUES('automation_log','trigger','trigger','text',0,0);
INSERT INTO "field" VALUES('automation_log','updated_at','updated_at','datetime',0,0);
INSERT INTO "field" VALUES('client','created_at','created_at','datetime',0,0);
INSERT INTO "field" VALUES('client','email','email','email ?',0,0);
INSERT INTO "field" VALUES('client','id','id','text',0,0);
INSERT INTO "field" VALUES('client','name','name','text ?',0,0);
INSERT INTO "field" VALUES('client','updated_at','updated_at','datetime',0,0);
INSERT INTO "field" VALUES('effect','action','action','text',0,0);
INSERT INTO "field" VALUES('effect','at','at','datetime',0,0);
INSERT INTO "field" VALUES('effect','channel','channel','text',0,0);
INSERT INTO "field" VALUES('effect','created_at','created_at','datetime',0,0);
INSERT INTO "field" VALUES('effect','id','id','text',0,0);
INSERT INTO "field" VALUES('effect','payload','payload','json ?',0,0);
INSERT INTO "field" VALUES('effect','recipient','recipient','text ?',0,0);
INSERT INTO "field" VALUES('effect','run','run','-> run',0,0);
INSERT INTO "field" VALUES('effect','status','status','one of waiting, sent, failed, undeliverable, unknown, simulated',0,0);
INSERT INTO "field" VALUES('effect','updated_at','updated_at','datetime',0,0);
INSERT INTO "field" VALUES('notification','at','at','datetime',0,0);
INSERT INTO "field" VALUES('notification','channel','channel','text',0,0);
INSERT INTO "field" VALUES('notification','created_at','created_at','datetime',0,0);
INSERT INTO "field" VALUES('notification','id','id','text',0,0);
INSERT INTO "field" VALUES('notification','is_read','is_read','bool',0,0);
INSERT INTO "field" VALUES('notification','title','title','text',0,0);
INSERT INTO "field" VALUES('notification','updated_at','updated_at','datetime',0,0);
INSERT INTO "field" VALUES('notification','user','user','text',0,0);
INSERT INTO "field" VALUES('order','amount','amount','number ?',0,0);
INSERT INTO "field" VALUES('order','created_at','created_at','datetime',0,0);
INSERT INTO "field" VALUES('order','id','id','text',0,0);
INSERT INTO "field" VALUES('order','number','number','int ?',0,0);
INSERT INTO "field" VALUES('order','of','of','-> client ?',0,0);
INSERT INTO "field" VALUES('order','updated_at','updated_at','datetime',0,0);
INSERT INTO "field" VALUES('run','created_at','created_at','datetime',0,0);
INSERT INTO "field" VALUES('run','due_at','due_at','datetime ?',0,0);
INSERT INTO "field" VALUES('run','ended_at','ended_at','datetime ?',0,0);
INSERT INTO "field" VALUES('run','entity','entity','text ?',0,0);
INSERT INTO "field" VALUES('run','error','error','text ?',0,0);
INSERT INTO "field" VALUES('run','file','file','text',0,0);
INSERT INTO "field" VALUES('run','id','id','text',0,0);
INSERT INTO "field" VALUES('run','line','line','int',0,0);
INSERT INTO "field" VALUES('run','rule','rule','text',0,0);
INSERT INTO "field" VALUES('run','started_at','started_at','datetime',0,0);
INSERT INTO "field" VALUES('run','status','status','one of running, waiting, success, failed, stopped, cancelled',0,0);
INSERT INTO "field" VALUES('run','updated_at','updated_at','datetime',0,0);
INSERT INTO "field" VALUES('run','waiting_for','waiting_for','text ?',0,0);
INSERT INTO "field" VALUES('scheduled_step','at','at','datetime',0,0);
INSERT INTO "field" VALUES('scheduled_step','created_at','created_at','datetime',0,0);
INSERT INTO "field" VALUES('scheduled_step','id','id','text',0,0);
INSERT INTO "field" VALUES('scheduled_step','journey','journey','text',0,0);
INSERT INTO "field" VALUES('scheduled_step','name','name','text',0,0);
INSERT INTO "field" VALUES('scheduled_step','of','of','text',0,0);
INSERT INTO "field" VALUES('scheduled_step','ran_at','ran_at','datetime ?',0,0);
INSERT INTO "field" VALUES('scheduled_step','reason','reason','text ?',0,0);
INSERT INTO "field" VALUES('scheduled_step','state','state','one of planned, moved, skipped, done, failed',0,0);
INSERT INTO "field" VALUES('scheduled_step','title','title','text',0,0);
INSERT INTO "field" VALUES('scheduled_step','updated_at','updated_at','datetime',0,0);
CREATE TABLE input (
    number INTEGER PRIMARY KEY,
    arrival BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE mark (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at BIGINT
) WITHOUT ROWID;
INSERT INTO "mark" VALUES('once/c','r2',NULL);
CREATE TABLE mark_change (
    number INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    name TEXT NOT NULL,
    before TEXT,
    expires_at BIGINT
);
INSERT INTO "mark_change" VALUES(1,5,'once/c',NULL,NULL);
CREATE TABLE parked (
    number INTEGER PRIMARY KEY,
    reason TEXT NOT NULL
);
CREATE TABLE position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    next_key BIGINT NOT NULL,
    next_run BIGINT NOT NULL,
    next_event BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    now BIGINT NOT NULL,
    next_input BIGINT NOT NULL,
    position BIGINT NOT NULL,
    is_clean BIGINT NOT NULL
, next_timer BIGINT NOT NULL DEFAULT 1);
INSERT INTO "position" VALUES(1,9,1,1,0,1795345600000000,13,0,1,7);
CREATE TABLE prune_position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    stage BIGINT NOT NULL,
    key BIGINT NOT NULL
);
CREATE TABLE pruned (
    kind TEXT PRIMARY KEY,
    until BIGINT NOT NULL
) WITHOUT ROWID;
CREATE TABLE schema_version (id INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL);
INSERT INTO "schema_version" VALUES(1,'init','fe357a895427eb18b39ad0cee3263147',1795265280000000);
INSERT INTO "schema_version" VALUES(2,'history','5efe8f5557c4e75ead4a5504f7752ee1',1795265280000000);
INSERT INTO "schema_version" VALUES(3,'time','8500df5ac5c1c22840211a79b99d0be9',1795265280000000);
CREATE TABLE seen (
    bucket BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    rest BIGINT NOT NULL,
    body BIGINT NOT NULL,
    body_rest BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (bucket, hash, rest)
) WITHOUT ROWID;
INSERT INTO "seen" VALUES(1,-7107719276943252257,1973135720616537157,-3493426504810371366,-2546723230536336492,1795000000000004);
INSERT INTO "seen" VALUES(1,-112197472064756423,-6856194826719778128,1320264259293277474,-1621394439892228043,1795000000000001);
INSERT INTO "seen" VALUES(1,1542666774275767254,-1591701746608972066,1640708377103750182,7370223938756633514,1795000000000003);
INSERT INTO "seen" VALUES(1,5350527845208355888,8660557975406101405,-5907317452730394527,5010858926657283524,1795000000000000);
INSERT INTO "seen" VALUES(1,8895233018541693073,9060735235561613271,194158278310578542,-8103761440109788893,1795000000000002);
INSERT INTO "seen" VALUES(2,-7830948292321539849,1773307894412685253,2708233457396925685,2171378000306100494,1795172800000002);
INSERT INTO "seen" VALUES(2,-5487323150006391112,-1658654758862240109,-3878329702601950961,1609109284811163,1795172800000001);
INSERT INTO "seen" VALUES(2,-2091355622959798132,-1347119942047351942,-6930277474582393822,-1808611111206974798,1795172800000004);
INSERT INTO "seen" VALUES(2,-1339364600105083742,8767394714848544817,6495780536602660260,632282098785558349,1795172800000000);
INSERT INTO "seen" VALUES(2,5352112918589766982,-9013883934377865347,-5302200220825652044,-875141941863279028,1795172800000003);
INSERT INTO "seen" VALUES(3,51186625359061155,-4850120801315001721,-1460667317153560128,8100241766076117227,1795345600000001);
INSERT INTO "seen" VALUES(3,428643566571772277,4704717936144142555,-4307312588460780344,-5074001010332675675,1795345600000000);
CREATE TABLE seen_bucket (
    number INTEGER PRIMARY KEY,
    ends BIGINT NOT NULL,
    events BIGINT NOT NULL,
    filter TEXT NOT NULL
);
INSERT INTO "seen_bucket" VALUES(1,1795000000000004,5,'AAAAIAAgBwEgAAAAAAoEAAIAAAACAABAAAAIAAJAAAQAAAIAAAACAAABIAAAAAAAgAIAAIgAIAAIAACAwAEAAKBA');
INSERT INTO "seen_bucket" VALUES(2,1795172800000004,5,'ggAAoAAACCAAAEAAQBABAAAAAiAgAABAAAAAAAUAAACAAAAARAAAIAAFCAEAEAAAQCAAAAEgBAgAAgAAAEAEAAAA');
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE timer (
    due BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (due, number)
) WITHOUT ROWID;
INSERT INTO "timer" VALUES(70,1,0,'4');
CREATE TABLE timer_later (
    start BIGINT NOT NULL,
    number BIGINT NOT NULL,
    due BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (start, number)
) WITHOUT ROWID;
CREATE TABLE waiter (
    event TEXT NOT NULL,
    key TEXT NOT NULL,
    run BIGINT NOT NULL,
    PRIMARY KEY (event, key, run)
) WITHOUT ROWID;
INSERT INTO "waiter" VALUES('paid','k',4);
CREATE TABLE waiting_run (
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL
);
CREATE INDEX mark_expires ON mark (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX "other entity_run" on "entity_run" (key) where other is not null;
CREATE INDEX "other entity_automation_log" on "entity_automation_log" (key) where other is not null;
CREATE INDEX "other entity_notification" on "entity_notification" (key) where other is not null;
CREATE INDEX "other entity_effect" on "entity_effect" (key) where other is not null;
CREATE INDEX "other entity_scheduled_step" on "entity_scheduled_step" (key) where other is not null;
CREATE INDEX "other entity_client" on "entity_client" (key) where other is not null;
CREATE INDEX "other entity_order" on "entity_order" (key) where other is not null;
CREATE INDEX "unique entity_client.email" on "entity_client" ("email");
CREATE INDEX "entity_client.id" on "entity_client" ("id");
CREATE INDEX "unique entity_order.of,number" on "entity_order" ("of", "number");
CREATE INDEX "entity_order.id" on "entity_order" ("id");
CREATE INDEX "entity_order.of" on "entity_order" ("of");
CREATE INDEX "entity_order.number" on "entity_order" ("number");
COMMIT;
