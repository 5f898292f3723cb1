// What the app does, as a phone or a page would: the Parse SDK, the person's own session, no key.
const Parse = require('parse/node');

exports.connect = (serverUrl, appId = 'appbackend') => {
  Parse.initialize(appId);
  Parse.serverURL = `${serverUrl}/parse`;
  // Node alone needs this: a process there usually serves many people.
  Parse.User.enableUnsafeCurrentUser();
};

/** Starts without a form; the account becomes a real one with `becomeMember`. */
exports.startAnonymously = () => Parse.AnonymousUtils.logIn();

exports.becomeMember = async ({ email, password, nickname }) => {
  const user = Parse.User.current();
  await user.save({ username: email, email, password, nickname });
  // The password has ended the sessions of before.
  return Parse.User.logIn(email, password);
};

exports.signUp = ({ email, password, nickname }) => Parse.User.signUp(email, password, { email, nickname });
exports.logIn = (email, password) => Parse.User.logIn(email, password);
exports.logOut = () => Parse.User.logOut();

exports.draft = (fields) => new Parse.Object('Recipe').save(fields);
/** `options` as the SDK takes them: `{ sessionToken }` acts as somebody who is not the current user. */
exports.publish = (recipe, options) => recipe.save({ published: true }, options);
exports.feature = (recipe) => recipe.save({ featured: true });

exports.addPhoto = async (recipe, name, bytes, type) => {
  const photo = await new Parse.File(name, [...bytes], type).save();
  return recipe.save({ photo });
};

exports.rate = (recipe, stars, text, options) => new Parse.Object('Rating').save({ recipe, stars, text }, options);
exports.topRecipes = (limit) => Parse.Cloud.run('topRecipes', { limit });
exports.recipe = (id, options) => new Parse.Query('Recipe').get(id, options);
exports.published = () => new Parse.Query('Recipe').equalTo('published', true).ascending('title').find();

/** Calls back with each recipe that is published from now on; resolves to what ends it. */
exports.followPublished = async (onPublished) => {
  const subscription = await new Parse.Query('Recipe').equalTo('published', true).subscribe();
  await subscription.subscribePromise;
  for (const event of ['create', 'enter']) subscription.on(event, onPublished);
  return () => subscription.unsubscribe();
};

exports.editions = () => new Parse.Query('Edition').ascending('title').find();
exports.buy = (edition) => Parse.Cloud.run('buyEdition', { edition: edition.id });

/** Tenant-owned rows: those who only signed up to the app see none. */
exports.kitchenNotes = () => new Parse.Query('KitchenNote').find();

/** One's own event: the person and the tenant are the session's. */
exports.tellViewed = (recipe) =>
  new Parse.Object('Event').save({ event_type: 'recipe_viewed', properties: { recipe: recipe.id } });

exports.forgotPassword = (email) => Parse.User.requestPasswordReset(email);
exports.setPassword = (token, password) => Parse.Cloud.run('confirmPasswordReset', { token, password });
exports.closeLiveQuery = () => Parse.LiveQuery.close();
